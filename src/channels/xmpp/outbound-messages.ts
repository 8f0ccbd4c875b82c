import { ChannelError, type Address, type ChannelHost, type Outgoing, type Sent } from '../channel.ts';
import type { Content, MediaReference } from '../../message/message.ts';
import type { AwaitedReceipts } from './awaited-receipts.ts';
import { chatState } from './chat-states.ts';
import type { ConfirmedSending } from './confirmed-sending.ts';
import type { ContactDevices } from './contact-devices.ts';
import { withSize, type HttpUpload } from './http-upload.ts';
import type { Identity } from './identity.ts';
import { bareJid, parseJid } from './jid.ts';
import { displayed } from './markers.ts';
import { isOurs, stanzaIdOf, stanzaIdOfDelivery } from './native-id.ts';
import type { XmppParameters } from './parameters.ts';
import { withReaction } from './reactions.ts';
import type { ReactionSets } from './reaction-sets.ts';
import {
  messageStanza,
  reactionStanza,
  retractionStanza,
  signalStanza,
  type PlacedFile,
  type Route,
} from './to-xmpp.ts';
import { serialise, type Element } from './xml.ts';

export interface OutboundOptions {
  readonly parameters: XmppParameters;
  readonly host: ChannelHost;
  readonly identity: Identity;
  readonly sending: ConfirmedSending;
  readonly devices: ContactDevices;
  readonly awaited: AwaitedReceipts;
  readonly reactionSets: ReactionSets;
  readonly upload: HttpUpload;
  readonly isOnline: () => boolean;
  /** Straight to the stream: lost if that breaks. */
  readonly write: (text: string) => void;
}

const maxFileBytes = 100 * 1024 * 1024;

/** Sends what the tenant says. */
export class OutboundMessages {
  readonly #options: OutboundOptions;

  constructor(options: OutboundOptions) {
    this.#options = options;
  }

  async send(address: Address, outgoing: Outgoing): Promise<Sent> {
    const route = this.#route(address);
    const file = await this.#place(outgoing.message.content);
    return this.#deliver(address, outgoing, messageStanza(route, outgoing, file));
  }

  async retract(address: Address, outgoing: Outgoing): Promise<Sent> {
    const stanza = retractionStanza(this.#route(address), outgoing);
    await this.#options.sending.send(stanza);
    return { id: stanzaIdOfDelivery(outgoing.deliveryId) };
  }

  async react(address: Address, outgoing: Outgoing): Promise<Sent> {
    const { reactionSets, sending } = this.#options;
    const { reactsTo } = outgoing.message;
    if (reactsTo === undefined) throw permanent('it is not said what the reaction is to');
    const route = this.#route(address);
    const before = await reactionSets.get('ours', `${route.from} ${route.to}`, reactsTo.id);
    const emojis = withReaction(before, reactsTo.emoji, reactsTo.removed === true);
    await sending.send(reactionStanza(route, outgoing, reactsTo.id, emojis));
    await reactionSets.set('ours', `${route.from} ${route.to}`, reactsTo.id, emojis);
    return { id: stanzaIdOfDelivery(outgoing.deliveryId) };
  }

  typing(address: Address, active: boolean): void {
    const { isOnline, write, devices } = this.#options;
    const route = this.#routeIfAny(address);
    if (route === undefined || !isOnline()) return;
    const state = chatState(active ? 'composing' : 'paused');
    write(serialise(signalStanza(route.from, devices.deviceOf(route.to), state, 'no-store')));
  }

  markRead(address: Address, upTo: string): void {
    const { sending, devices } = this.#options;
    const stanzaId = isOurs(upTo) ? undefined : stanzaIdOf(upTo);
    const route = this.#routeIfAny(address);
    if (route === undefined || stanzaId === undefined || !devices.mayMark(upTo)) return;
    sending.post(signalStanza(route.from, route.to, displayed(stanzaId), 'store'));
  }

  /** The wait for a receipt begins before the message leaves: the receipt may be faster than the server's confirmation. */
  async #deliver(address: Address, outgoing: Outgoing, stanza: Element): Promise<Sent> {
    const { sending, devices, awaited } = this.#options;
    const id = stanzaIdOfDelivery(outgoing.deliveryId);
    const awaits = await devices.givesReceipts(address.id);
    if (awaits) awaited.sent(id, address);
    try {
      await sending.send(stanza);
    } catch (error) {
      if (awaits) awaited.settled(id);
      throw error;
    }
    return { id };
  }

  #route(address: Address): Route {
    const route = this.#routeIfAny(address);
    if (route === undefined) throw permanent('the address is not an XMPP address');
    return route;
  }

  #routeIfAny(address: Address): Route | undefined {
    const to = parseJid(address.id);
    if (to === undefined) return undefined;
    return { from: this.#options.identity.addressFor(address.via), to: bareJid(to) };
  }

  async #place(content: Content | undefined): Promise<PlacedFile | undefined> {
    if (content === undefined || !('media' in content)) return undefined;
    // Not for nothing: without the line the file would be uploaded and nobody told.
    if (!this.#options.isOnline())
      throw new ChannelError({
        kind: 'retry',
        certain: true,
        reason: 'the connection to the XMPP server is down',
      });
    return { url: (await this.#uploaded(content.media)) ?? this.#link(content.media) };
  }

  /** A file that cannot be had is a failure; one that the server does not take is not. */
  async #uploaded(reference: MediaReference): Promise<string | undefined> {
    const { host, upload } = this.#options;
    const opened = await host.media.open(reference);
    try {
      const file = await withSize(opened, maxFileBytes);
      const named = {
        ...file,
        ...(reference.fileName === undefined ? {} : { fileName: reference.fileName }),
      };
      return await upload.put(named, file.sizeBytes);
    } catch (error) {
      if (
        error instanceof ChannelError &&
        error.kind === 'permanent' &&
        error.reason === 'the file is too large'
      )
        throw error;
      host.logger.warn({ error }, 'XMPP upload failed: the file goes as a link of ours');
      return undefined;
    } finally {
      opened.stream.destroy();
    }
  }

  #link(reference: MediaReference): string {
    return this.#options.host.media.signedLink(reference, this.#options.parameters.linkValidSeconds);
  }
}

function permanent(reason: string): ChannelError {
  return new ChannelError({ kind: 'permanent', certain: true, reason });
}
