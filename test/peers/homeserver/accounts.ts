import { randomBytes } from 'node:crypto';
import type { Registration } from '../../../src/matrix/registration.ts';
import { forbidden, Refused } from './matrix-failure.ts';

export interface Account {
  readonly userId: string;
  readonly devices: Set<string>;
  password?: string;
  displayname?: string | undefined;
  avatar_url?: string | undefined;
}

/** Who makes a request. */
export interface Requester {
  readonly user: string;
  readonly appservice: Registration | undefined;
  readonly device: string | undefined;
}

/** Users, their tokens, and the application services. */
export class Accounts {
  readonly users = new Map<string, Account>();
  readonly #tokens = new Map<string, { user: string; device: string }>();
  readonly #appservices: readonly Registration[];
  readonly #serverName: string;

  /** False: as a homeserver that knows nothing of devices of application services, and so does not heed what requests say of them. */
  hasDevices: boolean;

  constructor(serverName: string, appservices: readonly Registration[], hasDevices: boolean) {
    this.#serverName = serverName;
    this.hasDevices = hasDevices;
    this.#appservices = appservices;
  }

  id(localpart: string): string {
    return `@${localpart}:${this.#serverName}`;
  }

  /** Capitals become small letters (seen). */
  create(name: string): Account {
    const localpart = name.toLowerCase();
    if (!/^[a-z0-9._=/+-]+$/.test(localpart))
      throw new Refused(
        400,
        'M_INVALID_USERNAME',
        "User ID can only contain characters a-z, 0-9, or '=_-./+'",
      );
    const userId = this.id(localpart);
    if (this.users.has(userId)) throw new Refused(400, 'M_USER_IN_USE', 'User ID already taken.');
    const account: Account = { userId, devices: new Set(), displayname: localpart };
    this.users.set(userId, account);
    return account;
  }

  issueToken(
    user: string,
    device = randomBytes(5).toString('hex').toUpperCase(),
  ): { token: string; device: string } {
    const token = randomBytes(24).toString('base64url');
    this.users.get(user)?.devices.add(device);
    this.#tokens.set(token, { user, device });
    return { token, device };
  }

  /** True: it is new. */
  addDevice(user: string, device: string): boolean {
    const devices = this.users.get(user)?.devices;
    if (devices?.has(device) !== false) return false;
    devices.add(device);
    return true;
  }

  appserviceOf(token: string): Registration | undefined {
    return this.#appservices.find(({ as_token }) => as_token === token);
  }

  /** An exclusive namespace keeps everybody else out. */
  isReserved(kind: 'users' | 'aliases', name: string, asker: Registration | undefined): boolean {
    return this.#appservices.some(
      (service) =>
        service !== asker &&
        service.namespaces[kind].some(({ exclusive, regex }) => exclusive && matches(regex, name)),
    );
  }

  authenticate(token: string | undefined, actAs: string | null, claimed: string | null): Requester {
    const device = this.hasDevices ? claimed : null;
    if (token === undefined) throw new Refused(401, 'M_MISSING_TOKEN', 'Missing access token');
    const appservice = this.appserviceOf(token);
    if (appservice === undefined) {
      const known = this.#tokens.get(token);
      if (known === undefined) throw new Refused(401, 'M_UNKNOWN_TOKEN', 'Invalid access token passed.');
      return { user: known.user, device: known.device, appservice: undefined };
    }
    // A device without its user (seen, 1.160).
    if (device !== null && actAs === null) throw new Refused(500, 'M_UNKNOWN', 'Internal server error');
    const own = this.id(appservice.sender_localpart);
    const user = actAs ?? own;
    if (user !== own) {
      if (!isInNamespace(appservice, 'users', user))
        throw forbidden(`Application service cannot masquerade as this user (${user}).`);
      if (!this.users.has(user))
        throw forbidden(`Application service has not registered this user (${user})`);
    }
    if (device !== null && this.users.get(user)?.devices.has(device) !== true)
      throw new Refused(
        400,
        'ORG.MATRIX.MSC4326.M_UNKNOWN_DEVICE',
        `Application service trying to use a device that doesn't exist ('${device}' for ${user})`,
      );
    return { user, appservice, device: device ?? undefined };
  }
}

export function isInNamespace(service: Registration, kind: 'users' | 'aliases', name: string): boolean {
  return service.namespaces[kind].some(({ regex }) => matches(regex, name));
}

const compiled = new Map<string, RegExp>();
/** From the beginning, not to the end, as Synapse's re.match does. */
function matches(regex: string, name: string): boolean {
  let expression = compiled.get(regex);
  if (expression === undefined) compiled.set(regex, (expression = new RegExp(`^(?:${regex})`)));
  return expression.test(name);
}
