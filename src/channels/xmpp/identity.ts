import type { ChannelHost, Line } from '../channel.ts';
import type { NativeAddress } from '../../platform/ids.ts';
import { bareJid, escapeLocal, parseJid, unescapeLocal, type Jid } from './jid.ts';
import type { XmppParameters } from './parameters.ts';
import { pictureOf, type Picture } from './vcard.ts';

/** Who we are on the network: the names under which the tenant of a line is reached. */
export class Identity {
  readonly domain: string;
  readonly displayName: string;
  readonly picture: Picture | undefined;
  readonly #defaultLocal: string | undefined;
  readonly #defaultName: string | undefined;
  readonly #host: ChannelHost;

  constructor(line: Line<XmppParameters>, host: ChannelHost) {
    const { domain, defaultName, avatar } = line.parameters;
    this.domain = domain;
    this.displayName = line.displayName;
    this.picture = avatar === undefined ? undefined : pictureOf(avatar);
    this.#defaultName = defaultName;
    this.#defaultLocal = defaultName === undefined ? undefined : escapeLocal(defaultName);
    this.#host = host;
  }

  /** The name behind one of our addresses; `undefined` if the tenant is not known by it. */
  async nameAt(jid: Jid): Promise<string | undefined> {
    if (jid.domain !== this.domain) return undefined;
    const name = jid.local === undefined ? this.#defaultName : unescapeLocal(jid.local);
    if (name === undefined) return undefined;
    return jid.local === this.#defaultLocal || (await this.#host.knows(name)) ? name : undefined;
  }

  /**
   * Whether somebody may write to this address of ours: to a name of the tenant, and an agent to the component itself, too, which offers come
   * from where no name is known that would be theirs.
   */
  async isReached(ours: Jid, theirs: NativeAddress): Promise<boolean> {
    if (ours.local === undefined && ours.domain === this.domain && this.#host.isAgent(theirs)) return true;
    return (await this.nameAt(ours)) !== undefined;
  }

  /** The address that speaks to a customer: the one they wrote to (or a bare name of the tenant), else the default name's. */
  addressFor(via: string | undefined): string {
    const jid = via === undefined ? undefined : parseJid(via);
    if (jid?.domain === this.domain) return this.#at(jid.local);
    return this.#at((via === undefined ? undefined : escapeLocal(via)) ?? this.#defaultLocal);
  }

  #at(local: string | undefined): string {
    return bareJid({ ...(local === undefined ? {} : { local }), domain: this.domain });
  }
}
