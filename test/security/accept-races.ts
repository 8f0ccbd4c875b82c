import { describe, expect, it } from 'vitest';
import { addresses, contacts, conversations } from '../../src/directory/contact.ts';
import { createDeclaredDirectory } from '../../src/directory/directory.ts';
import { directService } from '../../src/directory/service-settings.ts';
import { fromRoomEvent } from '../../src/matrix/events/from-room-event.ts';
import { as, type ConversationId } from '../../src/platform/ids.ts';
import { createDecideEntry } from '../../src/sessions/decide-entry.ts';
import { isConnected, sessions, type SessionRecord } from '../../src/sessions/session.ts';
import { Conflict, put, type Store } from '../../src/store/store.ts';
import { acme, tenantOf, users } from '../sessions/world.ts';

const rounds = 100;
const atOnce = 100;

/**
 * Security row S16, for a store: of a hundred accepts of one offer that are decided at the same moment, one is committed. Each is decided
 * on its own, from the store, as a replica does that wrongly takes the conversation for its own.
 */
export function acceptRaces(
  name: string,
  open: () => Promise<{ stores: readonly Store[]; readonly close: () => Promise<void> }>,
): void {
  describe(`accepts of one session on ${name}`, () => {
    it(`${String(atOnce)} at once, ${String(rounds)} times: exactly one wins, each time`, async () => {
      const { stores, close } = await open();
      try {
        for (let round = 0; round < rounds; round += 1) {
          const conversation = as<ConversationId>(`conversation-${String(round)}`);
          const id = `session-${String(round)}`;
          await offer(stores[0]!, conversation, id);
          const outcomes = await Promise.all(
            Array.from({ length: atOnce }, async (_, at) =>
              accept(stores[at % stores.length]!, conversation, at),
            ),
          );
          expect(outcomes.filter((outcome) => outcome === 'won')).toHaveLength(1);
          expect(outcomes.filter((outcome) => outcome === 'lost').length).toBe(atOnce - 1);
          const session = (await stores[0]!.get(acme, sessions, id))?.value;
          expect(session?.state).toBe('active');
          expect(session?.legs.filter(({ role }) => role === 'agent')).toHaveLength(1);
          expect(isConnected(session!, { id: as('anna'), user: users.anna })).toBe(true);
        }
      } finally {
        await close();
      }
    }, 600_000);
  });
}

async function offer(store: Store, conversation: ConversationId, id: string): Promise<void> {
  const session: SessionRecord = {
    id: as(id),
    conversation,
    contact: as(`contact-${id}`),
    service: directService,
    queue: as('support'),
    state: 'offered',
    openedAt: 1,
    legs: [{ role: 'agent', agent: as('anna'), user: users.anna, state: 'alerting', since: 1 }],
    offer: { number: 1, agent: as('anna'), user: users.anna, forMs: 1000, deadline: 1000, reached: true },
    offersMade: 1,
    toldBusy: false,
    notes: [],
    lossesTold: [],
  };
  await store.commit(acme, [
    put(sessions, id, session, 'absent'),
    put(contacts, session.contact, { createdAt: 1, lastAddress: `address-${id}` }, 'absent'),
    put(
      addresses,
      `address-${id}`,
      {
        contact: session.contact,
        conversation,
        channel: 'loopback',
        line: as<never>('front'),
        nativeId: as<never>('cora'),
        lastInboundAt: 1,
      },
      'absent',
    ),
    put(
      conversations,
      conversation,
      {
        contact: session.contact,
        address: `address-${id}`,
        line: as<never>('front'),
        openSession: id,
        sessions: 1,
        lastMessageAt: 1,
      },
      'absent',
    ),
  ]);
}

/** Every other one joins the room, the others write the command. */
async function accept(store: Store, conversation: ConversationId, at: number): Promise<'won' | 'lost'> {
  const decideEntry = createDecideEntry({
    store,
    directory: createDeclaredDirectory([tenantOf({ agents: ['anna'] })]),
    signedLink: () => 'https://files.example/x',
    now: () => 2,
    fromRoomEvent: (_tenant, event) => fromRoomEvent(event, { homeserver: 'main', isOurs: () => false }),
  });
  const happened =
    at % 2 === 0
      ? { type: 'm.room.message', content: { msgtype: 'm.text', body: '!accept' } }
      : { type: 'm.room.member', state_key: users.anna, content: { membership: 'join' } };
  const event = {
    event_id: as<never>(`$${conversation}-${String(at)}`),
    room_id: as<never>('!room:example.org'),
    sender: users.anna,
    origin_server_ts: 2,
    ...happened,
  };
  const entry = {
    id: as<never>(`mx:${event.event_id as string}`),
    key: conversation,
    event: { type: 'room' as const, event },
    sequence: at,
    acceptedAt: 2,
  };
  const { writes, deliveries } = await decideEntry(acme, entry, store);
  const takes = deliveries.some(({ operation }) => operation.on === 'line');
  if (!takes) return 'lost';
  try {
    await store.commit(acme, writes);
    return 'won';
  } catch (error) {
    if (error instanceof Conflict) return 'lost';
    throw error;
  }
}
