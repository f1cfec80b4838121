export { startPostgres, type PostgresOptions } from './postgres/start.ts';
export { startRedis, type RedisOptions } from './redis/start.ts';
export { setupEmbedded } from './setup.ts';
export type { EmbeddedServer } from './server.ts';
export { endWithParent, isAlive, whenParentEnds } from './processes.ts';
export { freePort } from './free-port.ts';
