import { describe, expect, it } from 'vitest';
import { as } from '../../src/platform/ids.ts';
import type { RoomInput } from '../../src/matrix/room-input.ts';
import type { Message } from '../../src/message/message.ts';
import { decideRelay, refusalTexts, type RelayFacts } from '../../src/sessions/relay.ts';

const origin = { sender: as<never>('@anna:example.org'), eventId: as<never>('$e'), at: 0 };
const said = (message: Message): RoomInput => ({ kind: 'message', ...origin, message });

const messages: Readonly<Record<string, Message>> = {
  text: { content: { kind: 'text', text: 'Hello' } },
  file: {
    content: {
      kind: 'file',
      media: { source: { type: 'url', url: 'https://x.example' }, mimeType: 'text/plain' },
    },
  },
  reply: { content: { kind: 'text', text: 'Yes' }, replyTo: { id: '$t' } },
  edit: { content: { kind: 'text', text: 'Hello!' }, edits: { id: '$t' } },
  retraction: { retracts: { id: '$t' } },
  reaction: { reactsTo: { id: '$t', emoji: '👍' } },
  unsupported: { content: { kind: 'unsupported', description: 'a poll' } },
  empty: {},
};
const others: readonly RoomInput[] = [
  { kind: 'command', ...origin, name: 'close', argument: '' },
  { kind: 'membership', ...origin, user: origin.sender, membership: 'join' },
  { kind: 'undecryptable', ...origin },
  { kind: 'upgraded', ...origin, replacement: as('!new') },
  { kind: 'other', ...origin, what: 'notice' },
];

const yes = [true, false];
const allFacts: RelayFacts[] = (['none', 'talking', 'waiting', 'offered', 'active'] as const).flatMap(
  (session) =>
    yes.flatMap((isAgent) =>
      yes.flatMap((isConnected) =>
        yes.flatMap((optedOut) =>
          [0, 999, 1000, 1001].flatMap((ageMs) =>
            (['none', 'unknown', 'customer', 'own', 'other-agent', 'system'] as const).flatMap((target) =>
              (['none', 'shared', 'internal'] as const).flatMap((thread) =>
                (['none', 'new', 'known'] as const).flatMap((loop) =>
                  yes.map((lineIsGone) => ({
                    session,
                    isAgent,
                    isConnected,
                    optedOut,
                    lineIsGone,
                    ageMs,
                    maxAgeMs: 1000,
                    target,
                    thread,
                    loop,
                  })),
                ),
              ),
            ),
          ),
        ),
      ),
    ),
);

/** The rule in the words of the design, written a second time and differently: what must all be true for a yes. */
function mayPass(name: string, facts: RelayFacts): boolean {
  const aimed: Readonly<Record<string, readonly RelayFacts['target'][]>> = {
    edit: ['own'],
    retraction: ['own', 'other-agent', 'system'],
    reaction: ['own', 'other-agent', 'customer'],
  };
  return (
    facts.session !== 'none' &&
    facts.isAgent &&
    facts.isConnected &&
    !facts.optedOut &&
    !facts.lineIsGone &&
    (facts.loop === 'none' || name === 'retraction' || name === 'reaction') &&
    facts.ageMs <= facts.maxAgeMs &&
    facts.thread !== 'internal' &&
    name !== 'unsupported' &&
    name !== 'empty' &&
    (aimed[name]?.includes(facts.target) ?? true)
  );
}

describe('the relay', () => {
  it.each(Object.keys(messages))('passes %s exactly when every condition holds', (name) => {
    for (const facts of allFacts) {
      const decision = decideRelay(said(messages[name]!), facts);
      expect({ facts, relay: decision.relay }).toEqual({ facts, relay: mayPass(name, facts) });
    }
  });

  it('never passes what is no message, whatever else holds', () => {
    for (const input of others) {
      for (const facts of allFacts) expect(decideRelay(input, facts).relay).toBe(false);
    }
  });

  it('tells an agent whose words were not sent, each time but in a known loop', () => {
    for (const facts of allFacts.filter(({ loop }) => loop !== 'known')) {
      const decision = decideRelay(said(messages['text']!), facts);
      if (!decision.relay) {
        expect(decision.tell).toBe(true);
        expect(refusalTexts[decision.because]).toMatch(/^Not sent to the customer/);
      }
    }
  });
});
