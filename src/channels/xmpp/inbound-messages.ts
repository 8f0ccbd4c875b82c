import { ChannelError, type ChannelEvent, type ChannelHost } from '../channel.ts';
import { readMessage, type ReadMessage } from './from-xmpp.ts';
import type { AwaitedReceipts } from './awaited-receipts.ts';
import type { ContactDevices } from './contact-devices.ts';
import type { Identity } from './identity.ts';
import { parseJid } from './jid.ts';
import { derivedEvent } from './native-id.ts';
import { changedReactions } from './reactions.ts';
import type { ReactionSets } from './reaction-sets.ts';
import { receipt } from './receipts.ts';
import { errorReply } from './stanza-error.ts';
import { signalStanza } from './to-xmpp.ts';
import type { Element } from './xml.ts';

export interface InboundOptions {
  readonly line: string;
  readonly host: ChannelHost;
  readonly identity: Identity;
  readonly devices: ContactDevices;
  readonly awaited: AwaitedReceipts;
  readonly reactionSets: ReactionSets;
  /** Sends without waiting for it. */
  readonly post: (stanza: Element) => void;
}

/** Waits between attempts to store what came; after the last the sender is told to try again later. */
const storeAgainAfterMs = [100, 400];

/** Takes customers' messages: reads, stores, and only then gives a receipt. */
export class InboundMessages {
  readonly #options: InboundOptions;

  constructor(options: InboundOptions) {
    this.#options = options;
  }

  /** Called for one stanza of a customer at a time. */
  async take(stanza: Element): Promise<void> {
    const { host, line, identity, post } = this.#options;
    const reading = readMessage(stanza, { line, now: host.clock.now() });
    if (reading.kind === 'ignored') {
      host.logger.debug({ why: reading.why }, 'XMPP message ignored');
      return;
    }
    if (reading.kind === 'refused') {
      this.refuse(stanza, reading.condition, reading.text);
      return;
    }
    const { message } = reading;
    if (isEmpty(message)) return;
    if (stanza.attrs['type'] !== 'error') {
      const to = parseJid(message.from.via ?? '');
      if (to === undefined || !(await identity.isReached(to, message.from.id))) {
        this.refuse(stanza, 'item-not-found', 'nobody is known by this name here');
        return;
      }
    }
    try {
      await this.#accept(message);
    } catch (error) {
      host.logger.error({ error }, 'XMPP message cannot be stored');
      this.refuse(stanza, 'resource-constraint', 'not stored: try again later');
      return;
    }
    const { via } = message.from;
    if (message.wantsReceipt && message.stanzaId !== undefined && via !== undefined)
      post(signalStanza(via, message.device, receipt(message.stanzaId), 'store'));
  }

  /** Tells the sender, unless it was an error itself. */
  refuse(stanza: Element, condition: Parameters<typeof errorReply>[1], text: string): void {
    this.#options.host.logger.info({ condition, text }, 'XMPP stanza refused');
    const answer = errorReply(stanza, condition, text);
    if (answer !== undefined) this.#options.post(answer);
  }

  async #accept(message: ReadMessage): Promise<void> {
    const { host, devices, awaited, reactionSets } = this.#options;
    const { from, reactions } = message;
    devices.used(from.id, message.device);
    if (message.typing !== undefined) host.typing({ from, active: message.typing });
    if (message.givesReceipts) await devices.gaveReceipt(from.id);
    const events: ChannelEvent[] = [...message.events, ...(await this.#reactionEvents(message))];
    if (events.length > 0) await this.#store(events);
    if (reactions !== undefined)
      await reactionSets.set('theirs', from.id, reactions.target, reactions.emojis);
    for (const event of events) {
      if (event.kind === 'receipt') awaited.settled(event.target);
      else if (event.kind === 'message' && !message.markable) devices.notMarkable(event.id);
    }
    if (from.via !== undefined && message.events.some(({ kind }) => kind === 'message'))
      void this.#learn(message, from.via);
  }

  /** What the app tells of itself is news like a new name. Best effort: it is asked again after a restart. */
  async #learn({ from, device }: ReadMessage, via: string): Promise<void> {
    const { host, devices } = this.#options;
    const app = await devices.learn(from.id, device, via);
    if (app === undefined) return;
    const id = derivedEvent(from.id, 'app', via, JSON.stringify(app));
    try {
      await host.accept([{ kind: 'profile', id, from, profile: { app }, at: host.clock.now() }]);
    } catch (error) {
      host.logger.debug({ error }, 'what an XMPP app tells of itself cannot be stored');
    }
  }

  async #reactionEvents(message: ReadMessage): Promise<ChannelEvent[]> {
    const { from, at, name, reactions } = message;
    if (reactions === undefined) return [];
    const { target, emojis, id } = reactions;
    const before = await this.#options.reactionSets.get('theirs', from.id, target);
    return changedReactions(before, emojis).map(({ emoji, removed }) => ({
      kind: 'message',
      id: derivedEvent(from.id, 'reaction', id, emoji, String(removed)),
      from,
      ...(name === undefined ? {} : { to: name }),
      at,
      message: { reactsTo: { id: target, emoji, ...(removed ? { removed } : {}) } },
    }));
  }

  async #store(events: readonly ChannelEvent[]): Promise<void> {
    const { host } = this.#options;
    for (const waitMs of storeAgainAfterMs) {
      try {
        await host.accept(events);
        return;
      } catch (error) {
        host.logger.warn({ error }, 'XMPP message not stored yet');
        if (error instanceof ChannelError && error.kind === 'permanent') throw error;
      }
      await new Promise<void>((resolve) => host.clock.after(waitMs, resolve));
    }
    await host.accept(events);
  }
}

function isEmpty(message: ReadMessage): boolean {
  return message.events.length === 0 && message.reactions === undefined && message.typing === undefined;
}
