import { z } from 'zod';
import type { Address, LineRecords } from '../channel.ts';
import type { Clock } from '../../platform/clock.ts';
import type { DeliveryId } from '../../platform/ids.ts';
import type { TwilioMessage } from './client.ts';
import type { TwilioFields } from './to-twilio.ts';

/**
 * Twilio has no idempotency key, so the line itself remembers for two days what it tried to send. A delivery that comes again
 * is answered from here, or looked for among Twilio's newest messages, before it is sent a second time.
 */
export interface SentLog {
  /** Before the call. Tells what an earlier attempt came to: nothing, an id, or not known. */
  begin(
    delivery: DeliveryId,
  ): Promise<{ state: 'new' } | { state: 'sent'; sid: string } | { state: 'unclear'; since: number }>;
  succeeded(delivery: DeliveryId, sid: string): Promise<void>;
  /** As {@link begin}, for a delivery that was tried before; undefined where it is not known here (any more). */
  known(
    delivery: DeliveryId,
  ): Promise<{ state: 'sent'; sid: string } | { state: 'unclear'; since: number } | undefined>;
  /** It is certain that nothing went out. */
  failed(delivery: DeliveryId): Promise<void>;
  /** The message of an unclear attempt, if Twilio has it and it is not another delivery's. */
  recognise(
    delivery: DeliveryId,
    since: number,
    fields: TwilioFields,
    recent: readonly TwilioMessage[],
  ): Promise<string | undefined>;
}

const dayMs = 86_400_000;
const attemptSchema = z.object({ at: z.number(), sid: z.string().optional() });
/** Twilio's clock and ours may differ by this much, in milliseconds. */
const clockDifference = 120_000;

export function openSentLog(records: LineRecords, clock: Clock): SentLog {
  const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);
  const attemptKey = (day: string, delivery: string): string => `sent ${day} delivery ${delivery}`;
  const sidKey = (day: string, sid: string): string => `sent ${day} sid ${sid}`;
  const days = (): string[] => [dayOf(clock.now()), dayOf(clock.now() - dayMs)];
  let prunedOn = '';

  async function find(keyOf: (day: string) => string): Promise<{ key: string; value: unknown } | undefined> {
    for (const day of days()) {
      const value = await records.get(keyOf(day));
      if (value !== undefined) return { key: keyOf(day), value };
    }
    return undefined;
  }

  /** Once a day, in small steps, so that no send waits long. */
  async function prune(): Promise<void> {
    const [today = '', yesterday = ''] = days();
    if (prunedOn === today) return;
    const old = await records.list({ prefix: 'sent ', limit: 200 });
    const outdated = old.filter(({ key }) => key < `sent ${yesterday}`);
    if (outdated.length > 0)
      await records.set(Object.fromEntries(outdated.map(({ key }) => [key, undefined])));
    if (outdated.length < 200) prunedOn = today;
  }

  async function known(delivery: DeliveryId): ReturnType<SentLog['known']> {
    const found = await find((day) => attemptKey(day, delivery));
    if (found === undefined) return undefined;
    const { at, sid } = attemptSchema.parse(found.value);
    return sid === undefined ? { state: 'unclear', since: at } : { state: 'sent', sid };
  }

  async function remember(delivery: DeliveryId, sid: string, at: number): Promise<void> {
    const day = dayOf(at);
    await records.set({ [attemptKey(day, delivery)]: { at, sid }, [sidKey(day, sid)]: delivery });
  }

  return {
    async begin(delivery) {
      const before = await known(delivery);
      if (before !== undefined) return before;
      await prune();
      const at = clock.now();
      await records.set({ [attemptKey(dayOf(at), delivery)]: { at } });
      return { state: 'new' };
    },
    known,
    async succeeded(delivery, sid) {
      const found = await find((day) => attemptKey(day, delivery));
      await remember(delivery, sid, found === undefined ? clock.now() : attemptSchema.parse(found.value).at);
    },
    async failed(delivery) {
      const found = await find((day) => attemptKey(day, delivery));
      if (found !== undefined) await records.set({ [found.key]: undefined });
    },
    async recognise(delivery, since, fields, recent) {
      for (const message of recent) {
        if (!isLike(message, fields, since)) continue;
        const owner = await find((day) => sidKey(day, message.sid));
        if (owner !== undefined && owner.value !== delivery) continue;
        await remember(delivery, message.sid, since);
        return message.sid;
      }
      return undefined;
    },
  };
}

function isLike(message: TwilioMessage, fields: TwilioFields, since: number): boolean {
  const valueOf = (name: string): string | undefined => fields.find(([each]) => each === name)?.[1];
  const from = valueOf('From');
  const mediaCount = fields.filter(([name]) => name === 'MediaUrl').length;
  return (
    message.direction?.startsWith('outbound') === true &&
    Date.parse(message.date_created ?? '') >= since - clockDifference &&
    (message.body ?? '').trim() === (valueOf('Body') ?? '').trim() &&
    (message.num_media ?? '0') === String(mediaCount) &&
    (from === undefined || message.from === from)
  );
}

/** Where the customer's opting out is remembered, for the words that mean something only after it. */
export function optedOutKey(address: Address): string {
  return `opted-out ${address.id}`;
}
