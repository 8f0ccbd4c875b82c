import { randomUUID } from 'node:crypto';
import type { NewEntry } from '../../delivery/delivery.ts';
import { agentWork, freshWork } from '../../directory/agent-work.ts';
import { tenantKind, type Part } from '../../directory/kept/kept-part.ts';
import { accountsOf } from '../../directory/directory.ts';
import { splitEndpoints, type DeclaredEndpoint } from '../../directory/agent-endpoints.ts';
import { contactOf, conversations } from '../../directory/contact.ts';
import type { Tenant } from '../../directory/tenant.ts';
import { as, type AgentId, type MatrixUserId, type QueueId } from '../../platform/ids.ts';
import { readMembers } from '../../queues/queue-members.ts';
import { put, type Store, type Write } from '../../store/store.ts';
import { routingKey, type ConversationEvent, type RoutingEvent } from '../conversation-event.ts';
import { endpointsOf, type Endpoint } from '../endpoints/endpoint.ts';
import { listKeptLines } from '../kept-lines/kept-line-records.ts';
import { endOfLine } from '../kept-lines/line-end.ts';
import { openStates, sessions } from '../session.ts';
import { PartNotChanged } from './part-not-changed.ts';

/** What a change of a part brings about beside the part itself; belongs into the same commit. */
export interface PartEffects {
  readonly entries: readonly NewEntry<ConversationEvent>[];
  readonly writes: readonly Write[];
}

const nothing: PartEffects = { entries: [], writes: [] };

/** `before`: absent of a new part; `after`: absent of one that goes. @throws {PartNotChanged} where something hangs on it */
export async function effectsOf(
  store: Store,
  tenant: Tenant | undefined,
  before: Part | undefined,
  after: Part | undefined,
  now: number,
): Promise<PartEffects> {
  const kind = (before ?? after)?.kind;
  if (tenant === undefined) return nothing;
  if (kind === tenantKind && after === undefined) await mustBeIdle(store, tenant);
  if (kind === 'queues' && before !== undefined && after === undefined)
    await mustBeEmpty(store, tenant, as(before.name));
  if (kind === 'services' && before !== undefined && after === undefined)
    await mustNotBeOfLines(store, tenant, 'service', before.name);
  if (kind === 'shared-lines' && before !== undefined && after === undefined)
    return { entries: [], writes: [endOfLine(as(before.name), now)] };
  if (kind !== 'agents') return nothing;
  const became = await endOfCustomers(store, tenant, endpointsIn(tenant, after), endpointsIn(tenant, before));
  if (before === undefined && after !== undefined) {
    const { entries, writes } = await newAgent(store, tenant, as(after.name));
    return { entries: [...entries, ...became], writes };
  }
  if (before === undefined) return nothing;
  const agent = as<AgentId>(before.name);
  const kept = endpointsIn(tenant, after).map(({ key }) => key);
  const endpoints = endpointsIn(tenant, before)
    .map(({ key }) => key)
    .filter((key) => !kept.includes(key));
  const accounts = accountsIn(after);
  const gone = accountsIn(before).filter((user) => !accounts.includes(user));
  if (gone.length === 0 && endpoints.length === 0) return { entries: became, writes: [] };
  const isOther = after === undefined || (gone.length > 0 && accountsIn(before)[0] === gone[0]);
  const event: RoutingEvent = isOther
    ? { type: 'left', agent, isRemoved: after === undefined }
    : { type: 'accounts', agent, gone, ...(endpoints.length === 0 ? {} : { endpoints }) };
  return { entries: [routingEntry(event), ...became], writes: [] };
}

/** Of an agent's part; the first is the one that stands for them. */
function accountsIn(part: Part | undefined): MatrixUserId[] {
  const body = part?.body as AgentBody | undefined;
  if (body === undefined) return [];
  return accountsOf({ user: body.user, endpoints: splitEndpoints(body.endpoints ?? []).accounts });
}

interface AgentBody {
  readonly user: MatrixUserId;
  readonly endpoints?: readonly DeclaredEndpoint[];
}

/** Outside Matrix. */
function endpointsIn(tenant: Tenant, part: Part | undefined): Endpoint[] {
  if (part === undefined) return [];
  const { endpoints = [] } = part.body as AgentBody;
  return endpointsOf(tenant, { id: as(part.name), addresses: splitEndpoints(endpoints).addresses });
}

/** Who is an agent from now on is no customer: what is open with them ends. */
async function endOfCustomers(
  store: Store,
  tenant: Tenant,
  now: readonly Endpoint[],
  before: readonly Endpoint[],
): Promise<NewEntry<ConversationEvent>[]> {
  const added = now.filter(({ key }) => before.every((each) => each.key !== key));
  const found = await Promise.all(
    added.map(async ({ line, address }) => {
      const contact = contactOf(tenant.id, line, { id: address });
      return store.find(tenant.id, conversations, { index: 'byContact', equals: [contact] });
    }),
  );
  return found.flat().flatMap(({ id, value: { openSession } }) =>
    openSession === undefined
      ? []
      : [
          {
            id: as(`api:${randomUUID()}`),
            key: as(id),
            event: { type: 'queue', news: { what: 'endpoint', session: as(openSession) } },
          },
        ],
  );
}

/** Somebody else may have had the name: a new agent begins like one who never said anything. */
async function newAgent(store: Store, tenant: Tenant, agent: AgentId): Promise<PartEffects> {
  const found = await store.get(tenant.id, agentWork, agent);
  if (found === undefined) return { entries: [routingEntry({ type: 'route' })], writes: [] };
  const { missed: _missed, availableSince: _since, ...work } = found.value;
  const { availability } = freshWork(tenant.availability);
  return {
    entries: [routingEntry({ type: 'route' })],
    writes: [put(agentWork, agent, { ...work, availability }, found.version)],
  };
}

async function mustBeEmpty(store: Store, tenant: Tenant, queue: QueueId): Promise<void> {
  const waiting = (await readMembers(store, tenant.id, queue)).length;
  if (waiting > 0) {
    const many = waiting === 1 ? 'a session waits' : `${String(waiting)} sessions wait`;
    throw new PartNotChanged('in use', `${many} in it; only an empty queue can be deleted`);
  }
  await mustNotBeOfLines(store, tenant, 'queue', queue);
}

/** Those of the config file are looked at with all else that it says. */
async function mustNotBeOfLines(
  store: Store,
  tenant: Tenant,
  field: 'queue' | 'service',
  name: string,
): Promise<void> {
  const lines = [...(await listKeptLines(store, tenant.id))].filter(([, { value }]) => value[field] === name);
  if (lines.length > 0)
    throw new PartNotChanged('in use', `named by ${lines.map(([id]) => `line ${id}`).join(', ')}`);
}

async function mustBeIdle(store: Store, tenant: Tenant): Promise<void> {
  if (tenant.lines.size > 0 || (await listKeptLines(store, tenant.id)).size > 0)
    throw new PartNotChanged('in use', 'it has lines; delete them first');
  for (const state of openStates) {
    const open = await store.find(tenant.id, sessions, { index: 'byState', equals: [state], limit: 1 });
    if (open.length > 0) throw new PartNotChanged('in use', 'it has open sessions; close them first');
  }
}

function routingEntry(event: RoutingEvent): NewEntry<ConversationEvent> {
  return { id: as(`api:${randomUUID()}`), key: routingKey, event };
}
