// Real servers, broken networks and real processes for tests. How to use them:
//
//   import { startServers } from '@ml-training/testing';
//   const servers = await startServers();         // at the top of the test file, or in beforeAll
//   afterAll(() => servers.stop());
//
// gives the file an empty database and an empty Redis server that nobody else uses meanwhile. Tests that
// kill, stop or restart a server take startPrivateServers() (or one of its halves) instead.
export { startServers, type TestServers } from './servers.ts';
export {
  startPrivateServers,
  startPrivatePostgres,
  startPrivateRedis,
  type PrivateServers,
} from './private-servers.ts';
export { someModel, someSharedModel } from './models.ts';
export { startPrivateObjectStore, type PrivateObjectStore } from './object-store.ts';
export { startPgBouncer, whyNoPgBouncer, type PgBouncer } from './pgbouncer.ts';
export { grafanaSql } from './grafana-sql.ts';
export { explainingClient, type Ran } from './plans.ts';
export { seedHistory, type History } from './history.ts';
export { startProxy, type Proxy } from './proxy.ts';
export { spawnNode, type NodeProcess } from './spawn-node.ts';
export { until } from './until.ts';
export { isAlive, redisBinary, whyNoObjectStore } from '@ml-training/embedded';
export { promtool, prometheusImage, whyNoPromtool } from './promtool.ts';
