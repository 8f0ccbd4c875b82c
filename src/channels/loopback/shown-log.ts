import type { LineRecords } from '../channel.ts';
import type { ToCustomer } from './to-loopback.ts';

/** How many messages per customer are kept for those who ask later. */
const kept = 1000;

/** What each customer was shown, in order, in the line's durable records. */
export interface ShownLog {
  /** Adds it at the end; does nothing if it is there already. */
  add(shown: ToCustomer): Promise<void>;
  /** From after this sequence number on, oldest first, at most 100. */
  read(address: string, after: number): Promise<readonly unknown[]>;
}

/** Keys sort by code unit, so numbers are padded to equal length. */
const shownKey = (address: string, sequence: number): string =>
  `shown ${address} ${String(sequence).padStart(12, '0')}`;

export function openShownLog(records: LineRecords): ShownLog {
  const tails = new Map<string, Promise<unknown>>();

  async function append(shown: ToCustomer): Promise<void> {
    const knownKey = `known ${shown.to} ${shown.id}`;
    if ((await records.get(knownKey)) !== undefined) return;
    const lastKey = `last ${shown.to}`;
    const last = await records.get(lastKey);
    const sequence = (typeof last === 'number' ? last : 0) + 1;
    const outdatedKey = shownKey(shown.to, sequence - kept);
    const outdated = (await records.get(outdatedKey)) as ToCustomer | undefined;
    await records.set({
      [shownKey(shown.to, sequence)]: { sequence, ...shown },
      [knownKey]: sequence,
      [lastKey]: sequence,
      ...(outdated === undefined
        ? {}
        : { [outdatedKey]: undefined, [`known ${shown.to} ${outdated.id}`]: undefined }),
    });
  }

  return {
    // One after the other for each customer: two at once would be given the same number.
    add(shown) {
      const { to } = shown;
      const done = (tails.get(to) ?? Promise.resolve()).then(() => append(shown));
      const tail = done
        .catch(() => undefined)
        .then(() => {
          if (tails.get(to) === tail) tails.delete(to);
        });
      tails.set(to, tail);
      return done;
    },
    async read(address, after) {
      const page = { prefix: `shown ${address} `, after: shownKey(address, after), limit: 100 };
      return (await records.list(page)).map(({ value }) => value);
    },
  };
}
