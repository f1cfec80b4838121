export { startPostgres, type PostgresOptions } from './postgres/start.ts';
export { redisBinary } from './redis/binary.ts';
export { startRedis, type RedisOptions } from './redis/start.ts';
export {
  startObjectStore,
  whyNoObjectStore,
  type ObjectStore,
  type ObjectStoreOptions,
} from './object-store.ts';
export { setupEmbedded } from './setup.ts';
export type { EmbeddedServer } from './server.ts';
export { endWithParent, whenParentEnds } from './processes.ts';
export { isAlive } from '@ml-training/native';
export { freePort } from './free-port.ts';
