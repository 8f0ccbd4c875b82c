// Lint rules that keep two mistakes out of src (docs/security.md, S1 and S2). Their test: test/security/lint-bans.test.ts.

const guarded =
  'URLs that others chose go through src/media/guarded-fetch.ts, the homeserver through src/matrix/transport. What else may connect stands in dev/lint/security-bans.ts.';

/** Modules of which everything opens connections; `node:http` and `node:net` have servers, too. */
const clients =
  /^(?:undici|got|axios|node-fetch|ws|superagent|(?:node:)?(?:https|http2|tls|dgram|child_process|dns|dns\/promises))$/;
const clientsOfServers = [
  'request',
  'get',
  'Agent',
  'globalAgent',
  'ClientRequest',
  'OutgoingMessage',
  'WebSocket',
];
const socketsOfServers = ['connect', 'createConnection', 'Socket', 'Stream'];

/** Files that reach out: what they reach is named by the operator, or they are the guard itself. */
export const mayOpenConnections = [
  'src/media/guarded-fetch.ts',
  'src/media/guarded-lookup.ts',
  // The homeserver of the config file.
  'src/matrix/transport/create-homeserver-client.ts',
  // Providers' addresses of the config file.
  'src/channels/loopback/callback.ts',
  'src/channels/sms/client.ts',
  // This machine's own Switchboard; the process that holds a lock.
  'src/check-places.ts',
  'src/operator-client.ts',
  'src/store/nedb/directory-lock.ts',
];

const secretName = '/(?:secret|token|password|passphrase|signature|hmac)s?$/i';
const isSecret = (side: 'left' | 'right'): string =>
  `:matches([${side}.name=${secretName}], [${side}.property.name=${secretName}], [${side}.property.value=${secretName}])`;
/** Whether there is one at all is no comparison of secrets. */
const isNothing = (side: 'left' | 'right'): string =>
  `:matches([${side}.type="Identifier"][${side}.name="undefined"], [${side}.raw="null"], [${side}.value=""])`;
const compares = 'BinaryExpression[operator=/^[!=]==?$/]';

const comparisons = [
  {
    selector: `:matches(${compares}${isSecret('left')}:not(${isNothing('right')}), ${compares}${isSecret('right')}:not(${isNothing('left')}))`,
    message:
      'Secrets and signatures are compared by timingSafeEqual: the time that === takes tells how much of a guess is right.',
  },
];

export const bannedComparisons = {
  'no-restricted-syntax': ['error', ...comparisons],
  'no-restricted-globals': 'off',
  'no-restricted-properties': 'off',
  '@typescript-eslint/no-restricted-imports': 'off',
};

export const bannedRequests = {
  'no-restricted-syntax': [
    'error',
    ...comparisons,
    {
      selector: 'ImportExpression',
      message: 'Modules are imported at the top, where the other rules see them.',
    },
    {
      selector: 'CallExpression[callee.name=/^(?:require|getBuiltinModule|createRequire)$/]',
      message: guarded,
    },
    {
      selector: 'CallExpression[callee.property.name=/^(?:getBuiltinModule|createRequire)$/]',
      message: guarded,
    },
  ],
  'no-restricted-globals': [
    'error',
    ...['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest'].map((name) => ({ name, message: guarded })),
  ],
  'no-restricted-properties': [
    'error',
    ...['globalThis', 'global', 'window', 'self'].flatMap((object) =>
      ['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest'].map((property) => ({
        object,
        property,
        message: guarded,
      })),
    ),
  ],
  '@typescript-eslint/no-restricted-imports': [
    'error',
    {
      patterns: [{ regex: clients.source, message: guarded, allowTypeImports: true }],
      paths: [
        ...['node:http', 'http'].map((name) => ({
          name,
          importNames: ['default', ...clientsOfServers],
          message: guarded,
          allowTypeImports: true,
        })),
        ...['node:net', 'net'].map((name) => ({
          name,
          importNames: ['default', ...socketsOfServers],
          message: guarded,
          allowTypeImports: true,
        })),
      ],
    },
  ],
};
