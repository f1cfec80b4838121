import { availableParallelism } from 'node:os';

export default {
  roots: [
    '<rootDir>/packages',
    '<rootDir>/services',
    '<rootDir>/infra/bench',
    '<rootDir>/infra/kubernetes',
    '<rootDir>/infra/setup',
    '<rootDir>/infra/simulate',
    '<rootDir>/infra/swarm',
  ],
  testMatch: ['**/*.test.{ts,mjs}'],
  testEnvironment: '<rootDir>/infra/jest/environment.js',
  testSequencer: '<rootDir>/infra/jest/sequencer.js',
  reporters: ['<rootDir>/infra/jest/reporter.js'],
  globalSetup: '<rootDir>/infra/jest/global-setup.ts',
  globalTeardown: '<rootDir>/infra/jest/global-teardown.ts',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/infra/jest/strip-types.js' },
  // Most tests wait for other processes. Jest's own choice would be one worker on two cores.
  maxWorkers: availableParallelism() + 1,
  // Jest keeps the modules of the files it has run.
  workerIdleMemoryLimit: '1GB',
  // Guards against a hang only; no machine is too slow to pass.
  testTimeout: 600_000,
};
