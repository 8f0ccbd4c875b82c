import { z } from 'zod';
import { forbidden, notFound, Refused } from '../matrix-failure.ts';
import type { Room, StoredEvent } from '../room.ts';
import { anyObject, at, bodyOf, route, type Call, type Route } from '../route.ts';
import { transactionKey } from '../rules.ts';

const v3 = '/_matrix/client/v3';

function roomOf(call: Call): Room {
  return call.world.room(at(call, 0), call.requester.user);
}

/** Remembers the answer as rules.ts says; an error is not remembered. */
async function once(call: Call, act: () => object): Promise<object> {
  const { world, requester, pathname } = call;
  const { key, durable } = transactionKey({
    path: pathname,
    appservice: requester.appservice?.id,
    user: requester.user,
    device: requester.device,
  });
  if (durable) {
    const known = world.durableTransactions.get(key);
    if (known !== undefined) return known;
    const answer = act();
    world.durableTransactions.set(key, answer);
    return answer;
  }
  const running = world.memoryTransactions.get(key) ?? new Promise<object>((resolve) => resolve(act()));
  world.memoryTransactions.set(key, running);
  try {
    return await running;
  } catch (error) {
    world.memoryTransactions.delete(key);
    throw error;
  }
}

function timestamp(call: Call): { at?: number } {
  const ts = call.query.get('ts');
  return ts === null || call.requester.appservice === undefined ? {} : { at: Number(ts) };
}

export function eventRoutes(): Route[] {
  const setState = (call: Call): object => {
    const { user } = call.requester;
    const room = roomOf(call);
    const [type, stateKey] = [at(call, 1), at(call, 2)];
    const content = bodyOf(call, anyObject);
    if (type === 'm.room.member') return setMembership(call, room, stateKey, content);
    const { event_id } = room.send({ sender: user, type, stateKey, content, ...timestamp(call) });
    return { event_id };
  };
  const getState = (call: Call): object => {
    const room = roomOf(call);
    mayRead(room, call.requester.user);
    const found = room.stateEvent(at(call, 1), at(call, 2));
    if (found === undefined) throw notFound('Event not found.');
    return call.query.get('format') === 'event' ? found : found.content;
  };
  return [
    route('PUT', `${v3}/rooms/:room/send/:type/:txn`, (call) =>
      once(call, () => {
        const content = bodyOf(call, anyObject);
        const { event_id } = roomOf(call).send({
          sender: call.requester.user,
          type: at(call, 1),
          content,
          ...timestamp(call),
        });
        return { event_id };
      }),
    ),
    route('PUT', `${v3}/rooms/:room/redact/:event/:txn`, (call) =>
      once(call, () => {
        const content = bodyOf(call, z.looseObject({ reason: z.string().optional() }));
        return { event_id: roomOf(call).redact(call.requester.user, at(call, 1), content) };
      }),
    ),
    route('PUT', `${v3}/rooms/:room/state/:type`, setState),
    route('PUT', `${v3}/rooms/:room/state/:type/:key?`, setState),
    route('GET', `${v3}/rooms/:room/state`, (call) => {
      const room = roomOf(call);
      mayRead(room, call.requester.user);
      return [...room.state.values()];
    }),
    route('GET', `${v3}/rooms/:room/state/:type`, getState),
    route('GET', `${v3}/rooms/:room/state/:type/:key?`, getState),
    route('GET', `${v3}/rooms/:room/event/:event`, (call) => {
      const room = roomOf(call);
      const found = room.membership(call.requester.user) === 'join' ? room.byId.get(at(call, 1)) : undefined;
      if (found === undefined) throw notFound('Event not found.');
      return found;
    }),
    route('GET', `${v3}/rooms/:room/messages`, messages),
    route('GET', '/_matrix/client/v1/rooms/:room/relations/:event', (call) => relations(call, undefined)),
    route('GET', '/_matrix/client/v1/rooms/:room/relations/:event/:rel', (call) =>
      relations(call, at(call, 2)),
    ),
    route('PUT', `${v3}/rooms/:room/typing/:user`, typing),
    route('POST', `${v3}/rooms/:room/receipt/:kind/:event`, (call) => {
      receipt(
        call,
        at(call, 1),
        at(call, 2),
        bodyOf(call, z.object({ thread_id: z.string().optional() })).thread_id,
      );
      return {};
    }),
    route('POST', `${v3}/rooms/:room/read_markers`, (call) => {
      const body = bodyOf(call, z.record(z.string(), z.string()));
      for (const kind of ['m.read', 'm.read.private']) {
        const event = body[kind];
        if (event !== undefined) receipt(call, kind, event, undefined);
      }
      return {};
    }),
  ];
}

function mayRead(room: Room, user: string): void {
  const membership = room.membership(user);
  if (membership !== 'join' && membership !== 'leave')
    throw forbidden(`User ${user} not in room ${room.id}, and room previews are disabled`);
}

function setMembership(call: Call, room: Room, target: string, content: Record<string, unknown>): object {
  const { user } = call.requester;
  const { membership, ...more } = content;
  if (membership === 'join' && target === user) {
    if (room.membership(user) !== 'join') room.join(user, call.world.profile(user));
    // A name for this room only.
    return {
      event_id: room.store({ sender: user, type: 'm.room.member', stateKey: user, content }).event_id,
    };
  }
  if (membership === 'invite') room.invite(user, target, { ...call.world.profile(target), ...more });
  else if (membership === 'leave' && target === user) room.leave(user);
  else if (membership === 'leave') room.remove(user, target, 'kick');
  else if (membership === 'ban') room.remove(user, target, 'ban');
  else throw new Refused(400, 'M_BAD_JSON', 'Invalid membership');
  return { event_id: room.stateEvent('m.room.member', target)?.event_id ?? '' };
}

const filterSchema = z.object({ senders: z.array(z.string()).optional() });

function isFrom({ sender }: StoredEvent, senders: readonly string[] | undefined): boolean {
  return senders === undefined || senders.includes(sender);
}

function messages(call: Call): object {
  const room = roomOf(call);
  mayRead(room, call.requester.user);
  const limit = Math.min(Number(call.query.get('limit') ?? 10), 1000);
  const backwards = call.query.get('dir') !== 'f';
  const from = call.query.get('from');
  const start = from === null ? (backwards ? room.timeline.length : 0) : Number(from.slice(1));
  const { senders } = filterSchema.parse(JSON.parse(call.query.get('filter') ?? '{}'));
  // The limit counts what passes the filter (source: storage/databases/main/stream.py).
  const passing = room.timeline
    .map((event, index) => ({ event, index }))
    .filter(({ event, index }) => (backwards ? index < start : index >= start) && isFrom(event, senders));
  const page = backwards ? passing.slice(-limit).reverse() : passing.slice(0, limit);
  const chunk = page.map(({ event }) => event);
  const last = page.at(-1)?.index;
  const next = last === undefined ? start : backwards ? last : last + 1;
  const more = page.length > 0 && passing.length > page.length;
  return { chunk, start: `t${start}`, ...(more ? { end: `t${next}` } : {}) };
}

function relations(call: Call, rel: string | undefined): object {
  const room = roomOf(call);
  mayRead(room, call.requester.user);
  const related = (event: StoredEvent): boolean => {
    const to = event.content['m.relates_to'] as Record<string, unknown> | undefined;
    return to?.['event_id'] === at(call, 1) && (rel === undefined || to['rel_type'] === rel);
  };
  return { chunk: room.timeline.filter(related).reverse() };
}

function typing(call: Call): object {
  const { world, requester } = call;
  if (at(call, 1) !== requester.user)
    throw new Refused(400, 'M_FORBIDDEN', "Cannot set another user's typing state");
  const room = roomOf(call);
  room.mustBeJoined(requester.user);
  const body = bodyOf(call, z.object({ typing: z.boolean(), timeout: z.number().optional() }));
  const was = room.typing.has(requester.user);
  if (was === body.typing) return {};
  if (body.typing) room.typing.add(requester.user);
  else room.typing.delete(requester.user);
  world.pushEphemeral(room, { type: 'm.typing', room_id: room.id, content: { user_ids: [...room.typing] } });
  return {};
}

function receipt(call: Call, kind: string, event: string, thread: string | undefined): void {
  const { world, requester } = call;
  const room = roomOf(call);
  room.mustBeJoined(requester.user);
  const key = `${requester.user}\n${kind}\n${thread ?? ''}`;
  const index = (id: string | undefined): number =>
    room.timeline.findLastIndex(({ event_id }) => event_id === id);
  // Receipts do not go backwards (seen).
  if (index(event) < index(room.receipts.get(key))) return;
  room.receipts.set(key, event);
  world.pushEphemeral(room, {
    type: 'm.receipt',
    room_id: room.id,
    content: {
      [event]: {
        [kind]: {
          [requester.user]: { ts: Date.now(), ...(thread === undefined ? {} : { thread_id: thread }) },
        },
      },
    },
  });
}
