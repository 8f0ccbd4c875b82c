import type { DeliveryRecord } from '../../../src/delivery/delivery.ts';
import { as } from '../../../src/platform/ids.ts';
import type { LedgerFacts, Tried } from '../../../src/sessions/ledger/ledger-facts.ts';

/** Noon. */
export const noon = Date.UTC(2026, 0, 15, 12);
export const at = (seconds: number): number => noon + seconds * 1000;

/** A delivery of a message to the customer, taken by nobody yet. */
export function toLine(change: Partial<DeliveryRecord> = {}, part = 1, parts = 1): Tried {
  return {
    id: as('d1'),
    key: as('line:c1'),
    conversation: as('c1'),
    messageId: as('m1'),
    tell: 'always',
    sequence: 1,
    status: 'pending',
    queued: true,
    attempts: 0,
    nextAttemptAt: 0,
    createdAt: at(1),
    ...change,
    operation: {
      on: 'line',
      operation: {
        kind: 'send',
        line: as('front'),
        address: { id: as('cora') },
        message: { content: { kind: 'text', text: 'a secret of the test' } },
        sender: { name: 'Anna', kind: 'agent' },
        part,
        parts,
      },
    },
  };
}

/** A delivery of a message to the room. */
export function toRoom(change: Partial<DeliveryRecord> = {}): Tried {
  const message = { content: { kind: 'text' as const, text: 'a secret of the test' } };
  return {
    ...toLine({ id: as('r1'), key: as('room:c1'), ...change }),
    operation: {
      on: 'room',
      operation: { kind: 'message', as: 'contact', messageId: as('m1'), message, at: noon },
    },
  };
}

const common = {
  message: as<never>('m1'),
  conversation: as<never>('c1'),
  kind: 'text',
  line: as<never>('front'),
  network: 'SMS',
  nativeId: 'n1',
  acceptedAt: at(0),
};
const anna = { kind: 'agent', user: as<never>('@anna:example.org') } as const;

/** Accepted at noon and decided a second later. */
export function fromAgent(...tries: readonly (readonly Tried[])[]): LedgerFacts {
  return { ...common, author: anna, fate: 'relayed', decidedAt: at(1), tries, forgotten: false };
}

export function fromCustomer(...tries: readonly (readonly Tried[])[]): LedgerFacts {
  return { ...fromAgent(...tries), author: { kind: 'customer' } };
}

export const keptBackFact = {
  ...common,
  author: anna,
  fate: 'keptBack',
  decidedAt: at(1),
  because: 'opted-out',
} as const satisfies LedgerFacts;
export const setAsideFact = { ...common, author: anna, fate: 'setAside', setAsideAt: at(2) } as const;
export const waitingFact = { ...common, author: { kind: 'customer' }, fate: 'waiting' } as const;
