import type { DeliveryStatus } from '../../delivery/delivery.ts';
import { refusalTexts } from '../relay.ts';
import { keptBackTexts, type KeptBackReason } from './kept-back.ts';
import type { LedgerFacts, Tried } from './ledger-facts.ts';
import { legOf, type Leg } from './timeline.ts';

/** Was it delivered, when, and if not why. */
export interface Verdict {
  /**
   * `sent`: the other side took it (the customer's network; of a customer's message, the room, which shows it then). `delivered`, `read`: the
   * network said so. `pending`: still on its way. `nothingSent`: there was nothing to send that the network could show. `forgotten`: longer
   * ago than deliveries are kept.
   */
  readonly outcome:
    | 'read'
    | 'delivered'
    | 'sent'
    | 'pending'
    | 'unclear'
    | 'failed'
    | 'keptBack'
    | 'setAside'
    | 'waiting'
    | 'nothingSent'
    | 'forgotten';
  /** When that was so of all parts. */
  readonly at?: number;
  readonly why?: string;
  readonly nextAttemptAt?: number;
}

/** Where a message is to get to: the customer's own to the room, all others to the customer. */
export function destinationOf({ author }: Pick<LedgerFacts, 'author'>): Leg {
  return author.kind === 'customer' ? 'room' : 'line';
}

export function verdictOf(facts: LedgerFacts): Verdict {
  switch (facts.fate) {
    case 'waiting':
      return { outcome: 'waiting' };
    case 'setAside':
      return {
        outcome: 'setAside',
        at: facts.setAsideAt,
        why: 'Handling it failed; it waits for an operator.',
      };
    case 'keptBack':
      return { outcome: 'keptBack', at: facts.decidedAt, why: keptBackText(facts.because) };
    case 'relayed': {
      const destination = destinationOf(facts);
      const parts = facts.tries
        .filter(([first]) => first !== undefined && legOf(first) === destination)
        .flatMap((tries) => partVerdict(tries) ?? []);
      const [worst] = parts.sort((a, b) => progress.indexOf(a.outcome) - progress.indexOf(b.outcome));
      if (worst === undefined) return { outcome: facts.forgotten ? 'forgotten' : 'nothingSent' };
      if (facts.forgotten) return { outcome: 'forgotten' };
      const same = parts.filter(({ outcome }) => outcome === worst.outcome);
      const latest = Math.max(...same.map(({ at }) => at ?? 0));
      return latest === 0 ? worst : { ...worst, at: latest };
    }
  }
}

export function keptBackText(because: KeptBackReason): string {
  return { ...refusalTexts, ...keptBackTexts }[because];
}

/** What the whole has come to is what its least advanced part has come to. */
const progress: readonly Verdict['outcome'][] = ['failed', 'unclear', 'pending', 'sent', 'delivered', 'read'];
const arrived: readonly DeliveryStatus[] = ['sent', 'delivered', 'read'];

/** Any of the tries that arrived counts; where none did, the last. */
function partVerdict(tries: readonly Tried[]): Verdict | undefined {
  const best = tries
    .filter(({ status }) => arrived.includes(status))
    .sort((a, b) => arrived.indexOf(b.status) - arrived.indexOf(a.status));
  const counts = best[0] ?? tries.at(-1);
  if (counts === undefined) return undefined;
  const { status, receipts, finishedAt, failure, nextAttemptAt } = counts;
  switch (status) {
    case 'pending':
    case 'sending':
      return {
        outcome: 'pending',
        ...(failure === undefined ? {} : { why: failure.reason, nextAttemptAt }),
      };
    case 'failed':
    case 'unclear':
      return {
        outcome: status,
        at: receipts?.[status] ?? finishedAt ?? 0,
        why: failure?.reason ?? 'unknown',
      };
    case 'sent':
      return { outcome: status, at: finishedAt ?? 0 };
    case 'delivered':
    case 'read':
      return { outcome: status, at: Math.max(receipts?.[status] ?? 0, finishedAt ?? 0) };
  }
}
