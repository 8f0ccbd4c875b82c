import { expect } from 'vitest';
import { timerRecords } from '../../src/delivery/collections.ts';
import { agentWork } from '../../src/directory/agent-work.ts';
import { as, type AgentId } from '../../src/platform/ids.ts';
import { connectedAgents, sessions, type SessionRecord } from '../../src/sessions/session.ts';
import { acme, type World } from './world.ts';

export const agentNames = ['anna', 'ben'] as const;
export type AgentName = (typeof agentNames)[number];
export const customerNames = ['c0', 'c1'] as const;
export const capacity = 1;

/** What somebody does in a conversation, or time that passes. */
export type Act =
  | { readonly act: 'says'; readonly customer: number; readonly words: string }
  | {
      readonly act: 'joins' | 'declines' | 'leaves' | 'closes' | 'takes';
      readonly customer: number;
      readonly agent: AgentName;
    }
  | { readonly act: 'passes'; readonly ms: number };

/** Where a conversation is: with nobody, with its service, in the queue, offered, or with an agent. */
export type Place =
  | { readonly in: 'nothing' }
  | { readonly in: 'service'; readonly session: string }
  | { readonly in: 'queue'; readonly session: string }
  | { readonly in: 'offer'; readonly session: string; readonly agent: string }
  | { readonly in: 'agent'; readonly session: string; readonly agent: string };

export async function perform(
  world: World,
  { customer, ...act }: Act & { customer?: number },
): Promise<void> {
  if (act.act === 'passes') {
    world.clock.advance(act.ms);
    return settled(world);
  }
  const contact = world.customer(customerNames[customer ?? 0]);
  if (act.act === 'says') {
    await contact.says(act.words);
    return;
  }
  const agent = world[act.agent](contact.conversation);
  if (act.act === 'closes') await agent.says('!close');
  else if (act.act === 'takes') await agent.says('!take');
  else await agent[act.act]();
}

/** What is decided at the same time and conflicts is decided again a moment later: lets that moment pass. */
export async function withTime(world: World, work: Promise<unknown>): Promise<void> {
  const done = Symbol('done');
  const finished = work.then(() => done);
  while ((await Promise.race([finished, new Promise(setImmediate)])) !== done) {
    const { inbox, outbox } = world.delivery.depths();
    if (inbox.running + outbox.running === 0 && inbox.waiting > 0) world.clock.advance(10);
  }
}

/** Timers hand their entries in by themselves: until none is due and nothing is under way. */
export async function settled(world: World): Promise<void> {
  for (;;) {
    await world.delivery.idle();
    const due = await world.store.find(acme, timerRecords, {
      ...{ index: 'byDue', equals: [], to: world.clock.now(), limit: 1 },
    });
    if (due.length === 0) break;
    world.clock.advance(0);
    await new Promise(setImmediate);
  }
  await world.delivery.idle();
}

async function sessionsOf(world: World, customer: number): Promise<SessionRecord[]> {
  const { conversation } = world.customer(customerNames[customer]);
  const query = { index: 'byConversation', equals: [conversation], limit: 1000 };
  return (await world.store.find(acme, sessions, query)).map(({ value }) => value);
}

/** Closed sessions as they were when they were first seen so, by id: they must stay so. */
export type Closed = Map<string, SessionRecord>;

/** Where each conversation is. @throws where that is in two places at once, or a closed session is not as it was. */
export async function placesIn(world: World, closed: Closed): Promise<Place[]> {
  const places: Place[] = [];
  const inHand = new Map<string, string[]>();
  for (const customer of customerNames.keys()) {
    const all = await sessionsOf(world, customer);
    for (const session of all.filter(({ state }) => state === 'closed')) {
      const { state, closedAt, closedBy } = closed.get(session.id) ?? session;
      expect(session).toMatchObject({ state, closedAt, closedBy });
      expect(connectedAgents(session)).toEqual([]);
      closed.set(session.id, session);
    }
    for (const id of closed.keys()) {
      const still = all.find((session) => session.id === id);
      if (still !== undefined) expect(still.state).toBe('closed');
    }
    const open = all.filter(({ state }) => state !== 'closed');
    expect(open.length).toBeLessThanOrEqual(1);
    const place = placeOf(open[0]);
    if ('agent' in place) inHand.set(place.agent, [...(inHand.get(place.agent) ?? []), place.session]);
    places.push(place);
  }
  for (const name of agentNames) {
    const work = await world.store.get(acme, agentWork, as<AgentId>(name));
    expect([...(work?.value.sessions ?? [])].sort(), name).toEqual((inHand.get(name) ?? []).sort());
    expect(inHand.get(name)?.length ?? 0).toBeLessThanOrEqual(capacity);
  }
  return places;
}

function placeOf(session: SessionRecord | undefined): Place {
  if (session === undefined) return { in: 'nothing' };
  const connected = connectedAgents(session);
  const { id, offer } = session;
  if (session.state === 'active') {
    expect(offer).toBeUndefined();
    expect(connected).toHaveLength(1);
    return { in: 'agent', session: id, agent: connected[0]?.agent ?? '' };
  }
  expect(connected).toEqual([]);
  if (session.state === 'talking') {
    expect(offer).toBeUndefined();
    // Whoever talks to a service waits for something that ends by itself.
    expect(session.programme?.wait?.until).toBeDefined();
    return { in: 'service', session: id };
  }
  if (session.state === 'waiting') {
    expect(offer).toBeUndefined();
    return { in: 'queue', session: id };
  }
  expect(offer).toBeDefined();
  return { in: 'offer', session: id, agent: offer?.agent ?? '' };
}

/** Whether an act may bring a conversation from one place to another. Which agent is asked is not the model's affair. */
export function mayFollow(before: Place, act: Act, customer: number, after: Place): boolean {
  const isUnchanged = JSON.stringify(before) === JSON.stringify(after);
  const isSameSession = 'session' in before && 'session' in after && before.session === after.session;
  const isUnserved = after.in === 'queue' || after.in === 'offer';
  if (act.act === 'passes') {
    if (before.in === 'nothing' || before.in === 'agent') return isUnchanged;
    return isSameSession && (isUnserved || (before.in === 'service' && isUnchanged));
  }
  // What happens elsewhere frees an agent at most, which the queue learns when it asks again.
  if (act.customer !== customer) return isUnchanged || (isSameSession && before.in === 'queue' && isUnserved);
  if (act.act === 'says') {
    if (before.in === 'nothing') return isUnserved || after.in === 'service';
    if (before.in === 'service') return isSameSession && (isUnserved || isUnchanged);
    return isUnchanged || (isSameSession && before.in === 'queue' && isUnserved);
  }
  const isTheirs = 'agent' in before && before.agent === act.agent;
  switch (act.act) {
    case 'joins':
      if (before.in === 'offer' && isTheirs)
        return isSameSession && after.in === 'agent' && after.agent === act.agent;
      return isUnchanged;
    case 'declines':
      if (!isTheirs) return isUnchanged;
      // A late decline of one who has joined is a leaving.
      return isSameSession && isUnserved && !(after.in === 'offer' && after.agent === act.agent);
    case 'leaves':
      if (!isTheirs) return isUnchanged;
      return isSameSession && isUnserved && !(after.in === 'offer' && after.agent === act.agent);
    case 'takes':
      return isUnchanged || (isSameSession && after.in === 'agent' && after.agent === act.agent);
    case 'closes':
      return before.in === 'agent' && isTheirs ? after.in === 'nothing' : isUnchanged;
  }
}
