export default {
  roots: ['<rootDir>/packages', '<rootDir>/services', '<rootDir>/infra/bench'],
  testMatch: ['**/*.test.ts'],
  testEnvironment: '<rootDir>/infra/jest/environment.js',
  globalSetup: '<rootDir>/infra/jest/global-setup.ts',
  globalTeardown: '<rootDir>/infra/jest/global-teardown.ts',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/infra/jest/strip-types.js' },
  testTimeout: 30_000,
  // Results are written by then. Without, a whole run once never ended: Node's clean-up at exit went round and round
  // (Environment::CleanupHandles, seen with a debugger), waiting for a request that no event could end any more.
  forceExit: true,
};
