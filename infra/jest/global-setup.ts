import { startBroker } from '../../packages/testing/src/broker.ts';

/**
 * Once a run, before the workers start: test files find
 * their servers through what this leaves in the environment.
 */
export default async function setup(): Promise<void> {
  (globalThis as { stopTestServers?: () => Promise<void> }).stopTestServers = await startBroker();
}
