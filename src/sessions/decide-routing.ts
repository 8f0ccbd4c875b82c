import { derivedId } from '../platform/derived-id.ts';
import type { AgentId, ConversationId, InboxEntryId, SessionId, TenantId } from '../platform/ids.ts';
import type { Decision, InboxEntry, NewDelivery, NewEntry, TimerChange } from '../delivery/delivery.ts';
import { roomLeg } from '../delivery/message-links.ts';
import { agentWork, availabilityOf, freshWork, type AgentWork } from '../directory/agent-work.ts';
import type { Tenant } from '../directory/tenant.ts';
import { queueEntries } from '../queues/queue-entry.ts';
import {
  dispatch,
  dispatchPull,
  type Dispatch,
  type DispatchedChoice,
  type Stray,
} from '../routing/dispatch.ts';
import { hoursOf, readHours } from '../routing/hours/tenant-hours.ts';
import type { Overflowing } from '../routing/overflowing.ts';
import { put, type Store } from '../store/store.ts';
import {
  routingKey,
  type ConversationEvent,
  type ConversationOperation,
  type QueueNews,
  type RoutingEvent,
} from './conversation-event.ts';
import { lookAtPlace, lookAtPlaces } from './decide-places.ts';
import { lookAtThresholds } from './decide-thresholds.ts';
import { choiceLeg, choiceOperation } from './choosers/choice-operation.ts';
import { deskOf, desks, isDeserted } from './desk/desk.ts';
import { queuesOf } from './desk/waiting-of.ts';
import { eventsKey } from './events/happening.ts';
import { sessions } from './session.ts';
import { nextShift } from './shifts/next-shift.ts';

type RoutingDecision = Decision<ConversationEvent, ConversationOperation>;

export interface RoutingOptions {
  readonly store: Store;
  readonly now: () => number;
  /** Whether somebody wants to be told of what happens to the tenant. Default: nobody. */
  readonly recordsEvents?: (tenant: TenantId) => boolean;
}

/** Decides what an event of the tenant's routing brings about: who is offered what, and who no longer counts. */
export async function decideRouting(
  { store, now, recordsEvents = () => false }: RoutingOptions,
  tenant: Tenant,
  entry: InboxEntry<ConversationEvent>,
  event: RoutingEvent,
): Promise<RoutingDecision> {
  const context = { store, tenant, entry: entry.id, now: now(), recorded: recordsEvents(tenant.id) };
  switch (event.type) {
    case 'route':
      return routeNow(context);
    case 'availability':
      return changeAvailability(context, event);
    case 'pull':
      return pull(context, event);
    case 'gone':
      return reassign(context, event);
    case 'places':
      return lookAtPlaces(context);
    case 'place':
      return lookAtPlace(context, event.session);
    case 'thresholds':
      return lookAtThresholds(context, event.due === true);
    case 'chosen':
      return chosen(context, event);
    case 'shift':
      return changeShift(context, event);
    case 'left':
      return leave(context, event);
    case 'accounts':
      return releaseAccounts(context, event);
  }
}

interface Context {
  readonly store: Store;
  readonly tenant: Tenant;
  readonly entry: InboxEntryId;
  readonly now: number;
  readonly recorded: boolean;
}

const lookAgain = 'look again';

async function routeNow(context: Context): Promise<RoutingDecision> {
  return toDecision(context, await dispatch(context.store, context.tenant, context.now, context.entry));
}

function toDecision(
  context: Context,
  { writes, offers, unanswered, stray, overflowing, choices, outOfHours, lookAt }: Dispatch,
): RoutingDecision {
  const timers: TimerChange<ConversationEvent>[] =
    lookAt === undefined
      ? []
      : [{ set: lookAgain, key: routingKey, dueAt: lookAt, event: { type: 'route' } }];
  return {
    writes,
    deliveries: choices.map((choice) => toChoiceDelivery(context, choice)),
    timers,
    entries: [
      ...offers.map(({ conversation, session, agent, why }) =>
        tell(context, conversation, { what: 'offer', session, agent, why }),
      ),
      ...unanswered.map(({ conversation, session }) =>
        tell(context, conversation, { what: 'unanswered', session }),
      ),
      ...stray.map((each) => tellStray(context, each)),
      ...overflowing.map((each) => tellOverflow(context, each)),
      ...outOfHours.map(({ conversation, session }) =>
        tell(context, conversation, { what: 'out-of-hours', session }),
      ),
    ],
  };
}

/** The agent wants the next one; where there is none for them, they are told. */
async function pull(
  context: Context,
  { agent, queue }: Extract<RoutingEvent, { type: 'pull' }>,
): Promise<RoutingDecision> {
  const { store, tenant, now, entry } = context;
  const pulled = await dispatchPull(
    store,
    tenant,
    { agent, queues: queue === undefined ? queuesOf(tenant, agent) : [queue] },
    now,
  );
  if (pulled.offers.length > 0) return toDecision(context, pulled);
  const desk = deskOf(agent);
  const text = 'Nothing waits that you could take now.';
  return {
    ...nothing,
    deliveries: [
      {
        id: derivedId('pull', tenant.id, entry),
        key: roomLeg(desk),
        conversation: desk,
        operation: { on: 'room', operation: { kind: 'notice', text } },
        tell: 'never',
      },
    ],
  };
}

/** The newest word counts. Who comes back is asked at once; who goes offline keeps their sessions for the tenant's time of grace. */
async function changeAvailability(
  context: Context,
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
    ...(shift === undefined ? {} : { shift }),
  };
  const { reassignAfterMs } = tenant.availability;
  const gone = goneTimer(agent);
  const timer: TimerChange<ConversationEvent> =
    availability === 'offline' && reassignAfterMs !== undefined
      ? {
          set: gone,
          key: routingKey,
          dueAt: now + reassignAfterMs,
          event: { type: 'gone', agent, since: now },
        }
      : { cancel: gone, key: routingKey };
  const since = availability === availabilityOf(work) ? (work.availableSince ?? now) : now;
  return {
    writes: [
      put(agentWork, agent, { ...work, availability, availableSince: since }, read?.version ?? 'absent'),
    ],
    deliveries: [],
    timers: [timer],
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
  { store, tenant, entry, now }: Context,
  agent: AgentId,
): Promise<NewEntry<ConversationEvent>[]> {
  const desk = (await store.get(tenant.id, desks, agent))?.value;
  if (desk === undefined || !isDeserted(desk, now)) return [];
  const id = derivedId<InboxEntryId>('desk again', tenant.id, agent, entry);
  return [{ id, key: deskOf(agent), event: { type: 'desk', again: true } }];
}

/** The agent's hours begin or end, or are looked at for the first time. */
async function changeShift(
  context: Context,
  { agent }: Extract<RoutingEvent, { type: 'shift' }>,
): Promise<RoutingDecision> {
  const { store, tenant, now, entry } = context;
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
    deliveries: [...changed.deliveries, toDesk(tenant, agent, entry, text)],
    timers: [...changed.timers, timer],
  };
}

function toDesk(
  tenant: Tenant,
  agent: AgentId,
  entry: InboxEntryId,
  text: string,
): NewDelivery<ConversationOperation> {
  const desk = deskOf(agent);
  return {
    id: derivedId('to desk', tenant.id, agent, entry),
    key: roomLeg(desk),
    conversation: desk,
    operation: { on: 'room', operation: { kind: 'notice', text } },
    tell: 'never',
  };
}

function availabilityHappened(
  { tenant, entry, now: at }: Context,
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
  context: Context,
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

async function reassign(
  context: Context,
  { agent }: Extract<RoutingEvent, { type: 'gone' }>,
): Promise<RoutingDecision> {
  const { store, tenant } = context;
  const work = (await store.get(tenant.id, agentWork, agent))?.value;
  if (work === undefined || availabilityOf(work) !== 'offline') return nothing;
  const held = await Promise.all(work.sessions.map(async (id) => store.get(tenant.id, sessions, id)));
  return {
    ...nothing,
    entries: held.flatMap((session) =>
      session === undefined
        ? []
        : [
            tell(context, session.value.conversation, {
              what: 'agent-gone',
              session: session.id as SessionId,
              agent,
            }),
          ],
    ),
  };
}

/**
 * What they have in hand goes back to the queue, what they are offered to others. Nobody asks them any more, also where a replica has not
 * heard yet that they are gone.
 */
async function leave(
  context: Context,
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
async function releaseAccounts(
  context: Context,
  { agent, gone }: Extract<RoutingEvent, { type: 'accounts' }>,
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
            }),
          ],
    ),
  };
}

const nothing: RoutingDecision = { writes: [], deliveries: [], timers: [] };

function goneTimer(agent: AgentId): string {
  return `gone ${agent}`;
}

function tell(
  { tenant, entry }: Context,
  conversation: ConversationId,
  news: QueueNews,
): NewEntry<ConversationEvent> {
  const id = derivedId<InboxEntryId>('queue news', tenant.id, entry, news.session, news.what);
  return { id, key: conversation, event: { type: 'queue', news } };
}

/** Once, however often routing comes upon it before the conversation has moved it. */
function tellStray(
  { tenant }: Context,
  { session, conversation, queue, enteredAt }: Stray,
): NewEntry<ConversationEvent> {
  const id = derivedId<InboxEntryId>('queue gone', tenant.id, session, queue, enteredAt);
  return { id, key: conversation, event: { type: 'queue', news: { what: 'queue-gone', session } } };
}

/** Once, as above. */
function tellOverflow(
  { tenant }: Context,
  { session, conversation, from, enteredAt, way, why }: Overflowing,
): NewEntry<ConversationEvent> {
  const id = derivedId<InboxEntryId>('overflow', tenant.id, session, from, enteredAt, way);
  return {
    id,
    key: conversation,
    event: { type: 'queue', news: { what: 'overflow', session, from, way, why } },
  };
}

/** Asked as a job: nobody waits for the answer but its session, and it comes back as an event of routing. */
function toChoiceDelivery(
  { tenant, entry, now }: Context,
  choice: DispatchedChoice,
): NewDelivery<ConversationOperation> {
  return {
    id: derivedId('choice delivery', tenant.id, entry, choice.session),
    key: choiceLeg(choice.session),
    conversation: routingKey,
    operation: { on: 'chooser', operation: choiceOperation(tenant, choice, now) },
    tell: 'always',
  };
}

/** The application has answered, or will not. What it says of a question that nobody asks any more does not count. */
async function chosen(
  context: Context,
  { session, call, agent, failure }: Extract<RoutingEvent, { type: 'chosen' }>,
): Promise<RoutingDecision> {
  const { store, tenant, entry } = context;
  const read = await store.get(tenant.id, queueEntries, session);
  const choice = read?.value.choice;
  if (read === undefined || choice?.call !== call || read.value.state !== 'waiting') return nothing;
  const answered = { ...choice, ...(agent === undefined ? { failure: failure ?? 'no answer' } : { agent }) };
  return {
    ...nothing,
    writes: [put(queueEntries, session, { ...read.value, choice: answered }, read.version)],
    entries: [again(tenant, entry)],
  };
}

function again(tenant: Tenant, entry: InboxEntryId): NewEntry<ConversationEvent> {
  return { id: derivedId('route again', tenant.id, entry), key: routingKey, event: { type: 'route' } };
}
