import { parseArgs } from 'node:util';

export interface DemoArguments {
  /** End after the conversations. */
  readonly once: boolean;
  readonly homeserver?: GivenHomeserver;
}

/** A homeserver of the operator's own, in place of one that the demo brings. */
export interface GivenHomeserver {
  readonly url: string;
  readonly domain: string;
  readonly registration: string;
  /** Where the homeserver reaches the demo: the registration's url. */
  readonly appservicePort: number;
  readonly agents: readonly { readonly user: string; readonly password: string }[];
}

export const demoUsage = `npm run demo [-- OPTIONS]

  --once                    end after the conversations; exit code 0 only if every message arrived
  --homeserver URL          use this homeserver instead of bringing one, with
    --domain NAME             its server name
    --registration FILE       the registration that it has (make one: npm start -- -r -u URL -f FILE)
    --port PORT               the port of the URL in that registration
    --agent USER:PASSWORD     an account for an agent; give it twice`;

/** @throws {Error} with what is missing */
export function readArguments(argv: readonly string[]): DemoArguments {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      once: { type: 'boolean', default: false },
      homeserver: { type: 'string' },
      domain: { type: 'string' },
      registration: { type: 'string' },
      port: { type: 'string' },
      agent: { type: 'string', multiple: true },
    },
  });
  const { once, homeserver: url, domain, registration, port, agent = [] } = values;
  if (url === undefined) return { once };
  const agents = agent.map((given) => {
    // A user id has one colon of its own: @anna:example.org:password
    const [, user, password] = /^(@[^:]+:[^:]+):(.+)$/.exec(given) ?? [];
    if (user === undefined || password === undefined) {
      throw new Error('--agent: expected @name:server:password');
    }
    return { user, password };
  });
  if (domain === undefined || registration === undefined || port === undefined || agents.length !== 2) {
    throw new Error(`--homeserver needs --domain, --registration, --port and two --agent.\n\n${demoUsage}`);
  }
  return {
    once,
    homeserver: { url: url.replace(/\/+$/, ''), domain, registration, appservicePort: Number(port), agents },
  };
}
