import { lookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { MediaError } from './media-error.ts';
import { isPublicAddress } from './public-address.ts';

export interface ResolvedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** All addresses of a host name. */
export type Resolver = (hostname: string) => Promise<readonly ResolvedAddress[]>;

export const systemResolver: Resolver = async (hostname) => {
  const found = await lookup(hostname, { all: true });
  return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
};

/**
 * For `net.connect`, which connects to just what this gives: so the address that was checked is the one that is used, and a
 * name that answers otherwise the second time gains nothing. One address that is not public spoils the name.
 */
export function guardedLookup(resolver: Resolver): LookupFunction {
  return (hostname, options, callback) => {
    resolvePublic(resolver, hostname).then(
      (addresses) => {
        const [first] = addresses;
        if (options.all === true) callback(null, [...addresses]);
        else callback(null, first.address, first.family);
      },
      (error: unknown) => {
        callback(error instanceof Error ? error : new Error(String(error)), '', 0);
      },
    );
  };
}

async function resolvePublic(
  resolver: Resolver,
  hostname: string,
): Promise<readonly [ResolvedAddress, ...ResolvedAddress[]]> {
  let addresses: readonly ResolvedAddress[];
  try {
    addresses = await resolver(hostname);
  } catch (error) {
    throw new MediaError('unreachable', `the name ${hostname} could not be resolved`, {}, { cause: error });
  }
  const [first, ...rest] = addresses;
  if (first === undefined) throw new MediaError('unreachable', `the name ${hostname} has no address`);
  if (!addresses.every(({ address }) => isPublicAddress(address))) throw notPublic(hostname);
  return [first, ...rest];
}

/** `net.connect` asks no lookup for a host that is an address already. @throws {MediaError} */
export function assertPublicHost(hostname: string): void {
  const bare = hostname.replace(/^\[|\]$/g, '');
  if (isIP(bare) !== 0 && !isPublicAddress(bare)) throw notPublic(hostname);
}

function notPublic(hostname: string): MediaError {
  return new MediaError('refused', `${hostname} is not a public address`);
}
