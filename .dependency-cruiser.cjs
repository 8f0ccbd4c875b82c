// Imports go downwards only, in the order of ../shared/design.md section 3 (platform, ours, lies beneath everything).
const layers = [
  ['platform'],
  ['store'],
  ['secrets'],
  ['message'],
  ['conditions'],
  ['media'],
  ['delivery'],
  ['replicas'],
  ['directory'],
  ['channels'],
  ['matrix'],
  ['queues'],
  ['routing'],
  ['services'],
  ['sessions'],
  ['web'],
  ['api'],
  ['config'],
];
const rules = layers.map(([layer], index) => ({
  name: `${layer}-imports-downwards`,
  severity: 'error',
  from: { path: `^src/${layer}/` },
  to: { path: `^src/(${[...layers.slice(index + 1).flat(), 'main\\.ts', 'switchboard\\.ts'].join('|')})` },
}));
module.exports = {
  forbidden: [
    ...rules,
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'src-imports-no-tests',
      severity: 'error',
      from: { path: '^src' },
      to: { path: '^(test|dev|bench)/' },
    },
    {
      name: 'networks-know-only-themselves',
      comment: 'A channel module knows its own folder and the contract, never another network.',
      severity: 'error',
      from: { path: '^src/channels/([^/]+)/' },
      to: { path: '^src/channels/[^/]+/', pathNot: '^src/channels/$1/' },
    },
    {
      name: 'nobody-imports-a-network',
      comment: 'Only the registry names the networks, so that a new one is its folder and one line.',
      severity: 'error',
      from: { path: '^src', pathNot: '^src/channels/' },
      to: { path: '^src/channels/[^/]+/' },
    },
    {
      name: 'message-and-store-contract-are-pure',
      severity: 'error',
      from: { path: '^src/message/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'no-dev-dependencies-in-src',
      severity: 'error',
      from: { path: '^src', pathNot: '^src/web/client/' },
      to: { dependencyTypes: ['npm-dev'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
