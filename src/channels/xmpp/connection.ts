import {
  ChannelError,
  type Address,
  type ChannelHost,
  type Connection,
  type ContactProfile,
  type Line,
  type OpenMedia,
  type Outgoing,
  type Sent,
} from '../channel.ts';
import type { NativeMessageId } from '../../platform/ids.ts';
import { AwaitedReceipts } from './awaited-receipts.ts';
import { ComponentLink } from './component-link.ts';
import { ConfirmedSending } from './confirmed-sending.ts';
import { ContactDevices } from './contact-devices.ts';
import { ContactProfiles } from './contact-profiles.ts';
import { HttpUpload } from './http-upload.ts';
import { Identity } from './identity.ts';
import { InboundMessages } from './inbound-messages.ts';
import { InboundPresence } from './inbound-presence.ts';
import { answerIq } from './iq-answers.ts';
import { IqRequests } from './iq-requests.ts';
import { bareJid, parseJid } from './jid.ts';
import { KeyedOrder } from './keyed-order.ts';
import { isWebUrl } from './out-of-band.ts';
import { OutboundMessages } from './outbound-messages.ts';
import type { XmppParameters } from './parameters.ts';
import { ReactionSets } from './reaction-sets.ts';
import { refusalOf } from './stanza-parser.ts';
import { serialise, type Element } from './xml.ts';

/** So many stanzas may be in work before the server has to wait with the next. */
const mostInWork = 1_000;
const lineUpWithinMs = 5_000;
const drainWithinMs = 2_000;

/** A line's connection: the parts of the protocol put together, and stanzas dealt out to them. */
export class XmppConnection implements Connection {
  readonly #host: ChannelHost;
  readonly #parameters: XmppParameters;
  readonly #identity: Identity;
  readonly #link: ComponentLink;
  readonly #sending: ConfirmedSending;
  readonly #iq: IqRequests;
  readonly #awaited: AwaitedReceipts;
  readonly #profiles: ContactProfiles;
  readonly #messages: InboundMessages;
  readonly #presence: InboundPresence;
  readonly #outbound: OutboundMessages;
  readonly #order = new KeyedOrder();
  #paused = false;
  #closing: Promise<void> | undefined;

  constructor(line: Line<XmppParameters>, host: ChannelHost) {
    const { parameters } = line;
    const { domain, host: server, port, secret } = parameters;
    const { clock, logger, records } = host;
    this.#host = host;
    this.#parameters = parameters;
    this.#identity = new Identity(line, host);
    this.#link = new ComponentLink({
      address: { domain, host: server, port, secret },
      clock,
      logger,
      report: (state) => host.report(state),
      onOnline: () => this.#online(),
      onOffline: () => this.#offline(),
      onStanza: (stanza) => this.#deal(stanza),
    });
    const write = (text: string) => this.#link.write(text);
    const post = (stanza: Element) => this.#sending.post(stanza);
    const onSilence = () => this.#link.breakOff('the server does not answer');
    this.#sending = new ConfirmedSending({ domain, clock, write, onSilence });
    this.#iq = new IqRequests(clock, write);
    this.#awaited = new AwaitedReceipts(host, parameters.receiptTimeoutSeconds);
    this.#profiles = new ContactProfiles(line.id, this.#iq);
    const shared = {
      host,
      identity: this.#identity,
      devices: new ContactDevices(records, this.#iq),
      awaited: this.#awaited,
      reactionSets: new ReactionSets(records),
      post,
      write,
    };
    this.#messages = new InboundMessages({ ...shared, line: line.id });
    this.#presence = new InboundPresence({
      ...shared,
      mutual: parameters.mutualSubscription,
      profileOf: (bare, ours) => this.#profiles.profile(bare, ours),
    });
    this.#outbound = new OutboundMessages({
      ...shared,
      parameters,
      sending: this.#sending,
      upload: new HttpUpload(parameters, {
        iq: this.#iq,
        clock,
        fetch: async (...asked) => host.media.fetch(...asked),
      }),
      isOnline: () => this.#link.state.state === 'connected',
    });
  }

  /** Connects in the background. */
  async start(): Promise<void> {
    await this.#awaited.restore();
    this.#link.start();
  }

  send(address: Address, outgoing: Outgoing): Promise<Sent> {
    return this.#outbound.send(address, outgoing);
  }

  edit(address: Address, outgoing: Outgoing): Promise<Sent> {
    return this.#outbound.send(address, outgoing);
  }

  retract(address: Address, outgoing: Outgoing): Promise<Sent> {
    return this.#outbound.retract(address, outgoing);
  }

  react(address: Address, outgoing: Outgoing): Promise<Sent> {
    return this.#outbound.react(address, outgoing);
  }

  typing(address: Address, active: boolean): void {
    this.#outbound.typing(address, active);
  }

  markRead(address: Address, upTo: NativeMessageId): void {
    this.#outbound.markRead(address, upTo);
  }

  async fetchMedia(reference: string): Promise<OpenMedia> {
    if (this.#profiles.owns(reference)) return this.#profiles.openPicture(reference);
    if (!isWebUrl(reference))
      throw new ChannelError({ kind: 'permanent', certain: true, reason: 'not a file of this line' });
    return this.#host.media.fetch(reference, { trustedOrigins: this.#parameters.trustedOrigins });
  }

  profile(address: Address): Promise<ContactProfile | undefined> {
    return this.#profiles.profile(address.id, this.#identity.addressFor(address.via));
  }

  async verify(): Promise<string[]> {
    const deadline = this.#host.clock.now() + lineUpWithinMs;
    while (this.#link.state.state === 'connecting' && this.#host.clock.now() < deadline)
      await new Promise<void>((resolve) => this.#host.clock.after(50, resolve));
    const { state } = this.#link;
    if (state.state === 'connected') return [];
    return [state.state === 'connecting' ? 'the XMPP server does not answer' : state.reason];
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#iq.offline();
    await this.#order.settled();
    await this.#drained();
    await this.#link.close();
    this.#sending.close();
    await this.#awaited.close();
  }

  /** Lets the server take what was said last. */
  async #drained(): Promise<void> {
    const { clock } = this.#host;
    const deadline = clock.now() + drainWithinMs;
    while (this.#sending.unconfirmed > 0 && this.#link.state.state === 'connected' && clock.now() < deadline)
      await new Promise<void>((resolve) => clock.after(20, resolve));
  }

  #online(): void {
    this.#iq.online();
    this.#sending.online();
    this.#presence.announce().catch((error: unknown) => {
      this.#host.logger.warn({ error }, 'XMPP presence not announced');
    });
  }

  #offline(): void {
    this.#paused = false;
    this.#iq.offline();
    this.#sending.offline();
  }

  /** Whatever is wrong with one stanza harms no other. */
  #deal(stanza: Element): void {
    if (this.#sending.takes(stanza) || this.#iq.takes(stanza)) return;
    if (this.#closing !== undefined) {
      this.#refuseClosing(stanza);
      return;
    }
    const sender = parseJid(stanza.attrs['from'] ?? '');
    // Messages of a customer wait for each other, not for questions, nor for the pictures that presence leads to.
    this.#order.run(`${stanza.getName()} ${sender === undefined ? '' : bareJid(sender)}`, async () => {
      try {
        // What still waits for its turn is given back: to try to keep it would take longer than a stop may.
        if (this.#closing === undefined) await this.#handle(stanza);
        else this.#refuseClosing(stanza);
      } catch (error) {
        this.#host.logger.error({ error, stanza: stanza.getName() }, 'XMPP stanza could not be handled');
        this.#messages.refuse(stanza, 'resource-constraint', 'something went wrong here');
      }
      if (!this.#paused || this.#order.running > mostInWork / 2) return;
      this.#paused = false;
      this.#link.resume();
    });
    if (this.#paused || this.#order.running < mostInWork) return;
    this.#paused = true;
    this.#link.pause();
  }

  #refuseClosing(stanza: Element): void {
    this.#messages.refuse(stanza, 'resource-constraint', 'closing: try again later');
  }

  async #handle(stanza: Element): Promise<void> {
    const refusal = refusalOf(stanza);
    if (refusal !== undefined) {
      this.#messages.refuse(stanza, 'bad-request', refusal);
      return;
    }
    if (stanza.getName() === 'message') return this.#messages.take(stanza);
    if (stanza.getName() === 'presence') return this.#presence.take(stanza);
    const answer = await answerIq(stanza, this.#identity);
    if (answer !== undefined) this.#link.write(serialise(answer));
  }
}
