import type { NewDelivery, NewEntry, TimerChange } from '../delivery/delivery.ts';
import { roomLeg } from '../delivery/message-links.ts';
import { agentWork, availabilityOf, freshWork, type AgentWork } from '../directory/agent-work.ts';
import { derivedId } from '../platform/derived-id.ts';
import type { AgentId, InboxEntryId } from '../platform/ids.ts';
import { hoursOf, readHours } from '../routing/hours/tenant-hours.ts';
import { put } from '../store/store.ts';
import {
  routingKey,
  type ConversationEvent,
  type ConversationOperation,
  type RoutingEvent,
} from './conversation-event.ts';
import { deskOf, desks, isDeserted } from './desk/desk.ts';
import { eventsKey } from './events/happening.ts';
import { graceTimer, tellOfGrace } from './reassign.ts';
import {
  again,
  nothing,
  tell,
  toDesk,
  type RoutingContext,
  type RoutingDecision,
} from './routing-context.ts';
import { sessions } from './session.ts';
import { nextShift } from './shifts/next-shift.ts';

/** The newest word counts. Who comes back is asked at once; who goes offline keeps their sessions for the tenant's time of grace. */
export async function changeAvailability(
  context: RoutingContext,
  { agent, availability, by }: Extract<RoutingEvent, { type: 'availability' }>,
  shift?: AgentWork['shift'],
): Promise<RoutingDecision> {
  const { store, tenant, now, entry, recorded } = context;
  if (!tenant.agents.has(agent)) return nothing;
  const read = await store.get(tenant.id, agentWork, agent);
  const { missed: _, ...before } = read?.value ?? freshWork(tenant.availability);
  const isSaid = by === 'agent' || by === 'api';
  const work = {
    ...before,
    ...(isSaid ? { saidAt: now } : {}),
    ...(isSaid && availability === 'available' && before.endpoints !== undefined
      ? { endpoints: reachableAgain(before.endpoints) }
      : {}),
    ...(shift === undefined ? {} : { shift }),
  };
  const since = availability === availabilityOf(work) ? (work.availableSince ?? now) : now;
  return {
    writes: [
      put(agentWork, agent, { ...work, availability, availableSince: since }, read?.version ?? 'absent'),
    ],
    deliveries: availability === 'offline' ? await tellOfGrace(context, agent, work.sessions) : [],
    timers: [graceTimer(context, agent, availability)],
    entries: [
      ...(availability === 'available' ? [] : await rescind(context, work.sessions, agent)),
      again(tenant, entry),
      ...(recorded ? [availabilityHappened(context, { agent, availability, by })] : []),
      ...(availability === 'available' ? await callToDesk(context, agent) : []),
    ],
  };
}

/** Who comes back and has left their desk is invited to it again. */
async function callToDesk(
  { store, tenant, entry, now }: RoutingContext,
  agent: AgentId,
): Promise<NewEntry<ConversationEvent>[]> {
  const desk = (await store.get(tenant.id, desks, agent))?.value;
  if (desk === undefined || !isDeserted(desk, now)) return [];
  const id = derivedId<InboxEntryId>('desk again', tenant.id, agent, entry);
  return [{ id, key: deskOf(agent), event: { type: 'desk', again: true } }];
}

/** The agent's hours begin or end, or are looked at for the first time. */
export async function changeShift(
  context: RoutingContext,
  { agent }: Extract<RoutingEvent, { type: 'shift' }>,
): Promise<RoutingDecision> {
  const { store, tenant, now } = context;
  const schedule = tenant.agents.get(agent)?.schedule;
  const hours =
    typeof schedule === 'object'
      ? hoursOf(schedule)
      : schedule === undefined
        ? undefined
        : (await readHours(store, tenant)).get(schedule);
  if (hours === undefined) return nothing;
  const read = await store.get(tenant.id, agentWork, agent);
  const { becomes, state, lookAt } = nextShift(read?.value, hours, now);
  const timer: TimerChange<ConversationEvent> = {
    set: `shift ${agent}`,
    key: routingKey,
    dueAt: lookAt,
    event: { type: 'shift', agent },
  };
  if (becomes === undefined) {
    const work = read?.value ?? freshWork(tenant.availability);
    const writes = [put(agentWork, agent, { ...work, shift: state }, read?.version ?? 'absent')];
    return { ...nothing, writes, timers: [timer] };
  }
  const event = { type: 'availability', agent, availability: becomes, by: 'schedule' } as const;
  const changed = await changeAvailability(context, event, state);
  const text =
    becomes === 'available'
      ? 'Your hours begin: you are available. Write !offline if you are not.'
      : 'Your hours are over: you are offline. Write !available to go on.';
  return {
    ...changed,
    deliveries: [...changed.deliveries, toDesk(context, agent, 'shift', text)],
    timers: [...changed.timers, timer],
  };
}

function availabilityHappened(
  { tenant, entry, now: at }: RoutingContext,
  data: Readonly<Record<string, unknown>>,
): NewEntry<ConversationEvent> {
  const id = derivedId('happening', tenant.id, entry);
  return {
    id: derivedId('happenings', tenant.id, entry),
    key: eventsKey,
    event: { type: 'happened', happenings: [{ id, type: 'agent.availability', at, data }] },
  };
}

/** What is offered to somebody who takes nothing goes to others at once, also where the offer is still on its way to its conversation. */
async function rescind(
  context: RoutingContext,
  held: readonly string[],
  agent: AgentId,
): Promise<NewEntry<ConversationEvent>[]> {
  const read = await Promise.all(held.map(async (id) => context.store.get(context.tenant.id, sessions, id)));
  return read.flatMap((session) =>
    session !== undefined && (session.value.offer?.agent === agent || session.value.state === 'waiting')
      ? [tell(context, session.value.conversation, { what: 'rescind', session: session.value.id, agent })]
      : [],
  );
}

/**
 * What they have in hand goes back to the queue, what they are offered to others. Nobody asks them any more, also where a replica has not
 * heard yet that they are gone.
 */
export async function leaveTenant(
  context: RoutingContext,
  { agent, isRemoved }: Extract<RoutingEvent, { type: 'left' }>,
): Promise<RoutingDecision> {
  const { store, tenant, entry } = context;
  const read = await store.get(tenant.id, agentWork, agent);
  if (read === undefined) return nothing;
  const held = await Promise.all(read.value.sessions.map(async (id) => store.get(tenant.id, sessions, id)));
  return {
    ...nothing,
    writes: isRemoved
      ? [put(agentWork, agent, { ...read.value, availability: 'offline' }, read.version)]
      : [],
    entries: [
      ...(await rescind(context, read.value.sessions, agent)),
      ...held.flatMap((session) =>
        session?.value.state === 'active'
          ? [
              tell(context, session.value.conversation, {
                what: 'agent-gone',
                session: session.value.id,
                agent,
              }),
            ]
          : [],
      ),
      again(tenant, entry),
    ],
  };
}

/** The sessions are theirs as before; rooms in which they finish their work are left with these accounts. */
export async function releaseAccounts(
  context: RoutingContext,
  { agent, gone, endpoints }: Extract<RoutingEvent, { type: 'accounts' }>,
): Promise<RoutingDecision> {
  const { store, tenant, entry } = context;
  const work = (await store.get(tenant.id, agentWork, agent))?.value;
  if (work === undefined) return nothing;
  const held = await Promise.all(work.sessions.map(async (id) => store.get(tenant.id, sessions, id)));
  const reason = 'This account is no longer an agent of this tenant.';
  return {
    ...nothing,
    deliveries: (work.wrapUps ?? []).flatMap(({ session, conversation }) =>
      gone.map((user): NewDelivery<ConversationOperation> => ({
        id: derivedId('account gone', tenant.id, entry, session, user),
        key: roomLeg(conversation),
        conversation,
        operation: { on: 'room', operation: { kind: 'remove', user, reason } },
        tell: 'failure',
      })),
    ),
    entries: held.flatMap((session) =>
      session === undefined
        ? []
        : [
            tell(context, session.value.conversation, {
              what: 'accounts-gone',
              session: session.value.id,
              agent,
              users: gone,
              ...(endpoints === undefined ? {} : { endpoints }),
            }),
          ],
    ),
  };
}

/** Who says that they are there is asked everywhere again. */
function reachableAgain(endpoints: NonNullable<AgentWork['endpoints']>): NonNullable<AgentWork['endpoints']> {
  return Object.fromEntries(
    Object.entries(endpoints).map(([key, { unreachable: _, ...endpoint }]) => [key, endpoint]),
  );
}
