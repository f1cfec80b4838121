/** The layers of docs/architecture.md as rules: core knows no service, services not each other, strategies not the fleet. */
module.exports = {
  forbidden: [
    {
      name: 'core-knows-nobody',
      comment: 'save the sdk, which is plain data and types',
      severity: 'error',
      from: { path: '^packages/core/src', pathNot: '\\.test\\.ts$' },
      to: { path: '^(services|packages/(?!core/|sdk/))' },
    },
    {
      name: 'services-are-independent',
      severity: 'error',
      from: { path: '^services/([^/]+)/' },
      to: { path: '^services/', pathNot: '^services/$1/' },
    },
    {
      name: 'packages-know-no-service',
      comment: 'the ml command starts them as processes',
      severity: 'error',
      from: { path: '^packages/', pathNot: '\\.test\\.ts$' },
      to: { path: '^services/' },
    },
    {
      name: 'strategies-know-no-fleet',
      comment: 'bars and a seed in, an artefact and a report out: no Redis, no SQL, no environment, no files',
      severity: 'error',
      from: { path: '^packages/strategies/src', pathNot: '\\.test\\.ts$' },
      to: {
        path: [
          '^packages/(?!strategies/|native/|sdk/)',
          '^(node:)?(net|http|https|child_process|process)(/|$)',
          'node_modules/(ioredis|postgres|winston|envalid)/',
        ],
      },
    },
    {
      name: 'strategies-read-no-files',
      comment: "but those of the user's own strategies, by one file",
      severity: 'error',
      from: {
        path: '^packages/strategies/src',
        pathNot: ['\\.test\\.ts$', '^packages/strategies/src/user/folder\\.ts$'],
      },
      to: { path: '^(node:)?fs(/|$)' },
    },
    {
      name: 'only-native-loads-native',
      severity: 'error',
      from: { pathNot: '^packages/native/' },
      to: { path: 'node_modules/(@tensorflow|koffi)/' },
    },
    {
      name: 'embedded-servers-for-local-runs-and-tests-only',
      severity: 'error',
      from: {
        pathNot: ['^packages/(embedded|testing|cli)/', '^infra/(bench|simulate)/', '\\.test\\.ts$', '/test/'],
      },
      to: { path: '^packages/(embedded|testing)/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
