import { derivedId } from '../platform/derived-id.ts';
import type { AgentId, InboxEntryId, TenantId } from '../platform/ids.ts';
import type { InboxEntry, NewDelivery, NewEntry, TimerChange } from '../delivery/delivery.ts';
import { lineLeg } from '../delivery/message-links.ts';
import type { Tenant } from '../directory/tenant.ts';
import { queueEntries } from '../queues/queue-entry.ts';
import {
  dispatch,
  dispatchPull,
  type Dispatch,
  type DispatchedChoice,
  type Stray,
} from '../routing/dispatch.ts';
import type { Overflowing } from '../routing/overflowing.ts';
import { put, type Store } from '../store/store.ts';
import {
  routingKey,
  type ConversationEvent,
  type ConversationOperation,
  type RoutingEvent,
} from './conversation-event.ts';
import { changeAvailability, changeShift, leaveTenant, releaseAccounts } from './decide-availability.ts';
import { lookAtPlace, lookAtPlaces } from './decide-places.ts';
import { lookAtThresholds } from './decide-thresholds.ts';
import { choiceLeg, choiceOperation } from './choosers/choice-operation.ts';
import { queuesOf } from './desk/waiting-of.ts';
import { operationsFor } from './endpoints/to-endpoint.ts';
import type { EndpointPart } from './session.ts';
import { reassign } from './reassign.ts';
import {
  again,
  nothing,
  tell,
  toDesk,
  type RoutingContext,
  type RoutingDecision,
} from './routing-context.ts';

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
      return leaveTenant(context, event);
    case 'accounts':
      return releaseAccounts(context, event);
  }
}

const lookAgain = 'look again';

async function routeNow(context: RoutingContext): Promise<RoutingDecision> {
  return toDecision(context, await dispatch(context.store, context.tenant, context.now, context.entry));
}

function toDecision(
  context: RoutingContext,
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
  context: RoutingContext,
  { agent, queue, at }: Extract<RoutingEvent, { type: 'pull' }>,
): Promise<RoutingDecision> {
  const { store, tenant, now } = context;
  const pulled = await dispatchPull(
    store,
    tenant,
    { agent, queues: queue === undefined ? queuesOf(tenant, agent) : [queue] },
    now,
  );
  if (pulled.offers.length > 0) return toDecision(context, pulled);
  const { passedOver } = pulled;
  const because =
    passedOver === undefined
      ? ''
      : ` Of ${String(passedOver.waiting)} waiting, what keeps you from the first: ${passedOver.obstacle}.`;
  const text = `Nothing waits that you could take now.${because}`;
  const told =
    at === undefined ? [toDesk(context, agent, 'pull', text)] : toEndpoint(context, agent, at, text);
  return { ...nothing, deliveries: told };
}

function toEndpoint(
  { tenant, entry }: RoutingContext,
  agent: AgentId,
  part: EndpointPart,
  text: string,
): NewDelivery<ConversationOperation>[] {
  const message = { content: { kind: 'text', text } } as const;
  const { operations } = operationsFor(tenant, part, message, { purpose: { agent } });
  return operations.map((operation, index) => ({
    id: derivedId('pull', tenant.id, entry, index),
    key: lineLeg(part.key),
    conversation: part.key,
    operation: { on: 'line', operation },
    tell: 'failure',
  }));
}

/** Once, however often routing comes upon it before the conversation has moved it. */
function tellStray(
  { tenant }: RoutingContext,
  { session, conversation, queue, enteredAt }: Stray,
): NewEntry<ConversationEvent> {
  const id = derivedId<InboxEntryId>('queue gone', tenant.id, session, queue, enteredAt);
  return { id, key: conversation, event: { type: 'queue', news: { what: 'queue-gone', session } } };
}

/** Once, as above. */
function tellOverflow(
  { tenant }: RoutingContext,
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
  { tenant, entry, now }: RoutingContext,
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
  context: RoutingContext,
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
