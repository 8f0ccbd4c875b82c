import { randomBytes } from 'node:crypto';
import { stringify } from 'yaml';

/** An application service's registration, as homeservers read it (specification: Application Service API, Registration). */
export interface Registration {
  readonly id: string;
  /** Where the homeserver reaches us; null: it sends nothing. */
  readonly url: string | null;
  readonly as_token: string;
  readonly hs_token: string;
  readonly sender_localpart: string;
  readonly rate_limited: boolean;
  readonly protocols: readonly string[];
  readonly namespaces: {
    readonly users: readonly Namespace[];
    readonly aliases: readonly Namespace[];
    readonly rooms: readonly Namespace[];
  };
  /** Three names of one wish: typing and receipts. Homeservers that know only the unstable name take that, and the other way round. */
  readonly receive_ephemeral: boolean;
  readonly push_ephemeral: boolean;
  readonly 'de.sorunome.msc2409.push_ephemeral': boolean;
}

interface Namespace {
  readonly exclusive: boolean;
  readonly regex: string;
}

export interface RegistrationWish {
  /** Unique on the homeserver; usually `switchboard`. */
  readonly id: string;
  readonly url: string | null;
  /** All our users' and aliases' localparts begin with it: {@link prefixPattern}. */
  readonly prefix: string;
  /** The homeserver's server name; without it the namespaces name the prefix only, as an application service's users are always of its own homeserver. */
  readonly domain?: string;
  readonly tokens?: { readonly asToken: string; readonly hsToken: string };
}

/** What may stand in a user's localpart, and does not begin with what the specification keeps for others. */
export const prefixPattern = /^[a-z0-9_.=/+-]{1,64}$/;

/** A registration with fresh tokens (256 bits each) unless `tokens` says which. @throws {RangeError} for a prefix that no user id can have */
export function generateRegistration(wish: RegistrationWish): Registration {
  if (!prefixPattern.test(wish.prefix))
    throw new RangeError(
      `prefix: found ${JSON.stringify(wish.prefix)}, expected 1 to 64 of a-z 0-9 . _ = - / +`,
    );
  const names = (sigil: string): Namespace => ({
    exclusive: true,
    regex: `${sigil}${escapeRegex(wish.prefix)}.*${wish.domain === undefined ? '' : `:${escapeRegex(wish.domain)}`}`,
  });
  return {
    id: wish.id,
    url: wish.url,
    as_token: wish.tokens?.asToken ?? newToken(),
    hs_token: wish.tokens?.hsToken ?? newToken(),
    sender_localpart: `${wish.prefix}bot`,
    rate_limited: false,
    protocols: [],
    namespaces: { users: [names('@')], aliases: [names('#')], rooms: [] },
    receive_ephemeral: true,
    push_ephemeral: true,
    'de.sorunome.msc2409.push_ephemeral': true,
  };
}

/** The prefix and server name that a namespace of {@link generateRegistration} was made of. */
export function readNamespace(regex: string): { prefix: string; domain?: string } | undefined {
  const match = /^[@#](.+?)\.\*(?::(.+))?$/.exec(regex);
  const [, prefix, domain] = match ?? [];
  if (prefix === undefined) return undefined;
  const plain = {
    prefix: unescapeRegex(prefix),
    ...(domain === undefined ? {} : { domain: unescapeRegex(domain) }),
  };
  return prefixPattern.test(plain.prefix) ? plain : undefined;
}

export function registrationYaml(registration: Registration): string {
  return `# How the homeserver and Switchboard know each other. Synapse: name this file under app_service_config_files and restart.
# The tokens are secrets. Both sides must have the same file.
${stringify(registration, { lineWidth: 0, singleQuote: true })}`;
}

function newToken(): string {
  return randomBytes(32).toString('base64url');
}

function escapeRegex(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function unescapeRegex(text: string): string {
  return text.replace(/\\(.)/g, '$1');
}

/** What stands in registration/sample-registration.yaml: the form, with tokens that nobody should use. */
export function sampleRegistration(): string {
  return registrationYaml(
    generateRegistration({
      id: 'switchboard',
      url: 'http://127.0.0.1:9009',
      prefix: '_switchboard_',
      domain: 'example.org',
      tokens: {
        asToken: 'generated-by-switchboard-r-put-a-secret-here',
        hsToken: 'generated-by-switchboard-r-put-another-secret-here',
      },
    }),
  );
}
