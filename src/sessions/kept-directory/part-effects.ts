import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { NewEntry } from '../../delivery/delivery.ts';
import { agentWork, freshWork } from '../../directory/agent-work.ts';
import { listParts, tenantKind, type Part } from '../../directory/kept/kept-part.ts';
import { accountsOf, type Directory } from '../../directory/directory.ts';
import { splitEndpoints } from '../../directory/agent-endpoints.ts';
import { contactOf, conversations } from '../../directory/contact.ts';
import type { Tenant } from '../../directory/tenant.ts';
import { as, type AgentId, type MatrixUserId, type QueueId, type TenantId } from '../../platform/ids.ts';
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

/**
 * `before`: absent of a new part; `after`: absent of one that goes. Also of a tenant that cannot be used at the moment: what hangs on its parts
 * is there all the same.
 * @throws {PartNotChanged} where something hangs on it
 */
export async function effectsOf(
  about: { readonly store: Store; readonly directory: Directory; readonly now: number },
  tenant: TenantId,
  before: Part | undefined,
  after: Part | undefined,
): Promise<PartEffects> {
  const { store, directory, now } = about;
  if (before !== undefined && after === undefined) {
    switch (before.kind) {
      case tenantKind:
        await mustBeIdle(store, tenant, directory.tenant(tenant));
        return nothing;
      case 'queues':
        await mustBeEmpty(store, tenant, as(before.name));
        return nothing;
      case 'services':
        await mustNotBeOfLines(store, tenant, 'service', before.name);
        return nothing;
      case 'shared-lines':
        return { entries: [], writes: [endOfLine(as(before.name), now)] };
    }
  }
  if ((before ?? after)?.kind !== 'agents') return nothing;
  const usable = directory.tenant(tenant);
  const became =
    usable === undefined
      ? []
      : await endOfCustomers(store, usable, endpointsIn(usable, after), endpointsIn(usable, before));
  if (before !== undefined) return changedAgent(usable, before, after, became);
  if (after === undefined || usable === undefined) return nothing;
  const { entries, writes } = await newAgent(store, usable, as(after.name));
  return { entries: [...entries, ...became], writes };
}

/** `became`: what else comes of it. */
function changedAgent(
  usable: Tenant | undefined,
  before: Part,
  after: Part | undefined,
  became: PartEffects['entries'],
): PartEffects {
  const agent = as<AgentId>(before.name);
  const kept = endpointsIn(usable, after).map(({ key }) => key);
  const endpoints = endpointsIn(usable, before)
    .map(({ key }) => key)
    .filter((key) => !kept.includes(key));
  const accounts = accountsIn(after);
  const gone = accountsIn(before).filter((user) => !accounts.includes(user));
  if (after !== undefined && gone.length === 0 && endpoints.length === 0)
    return { entries: became, writes: [] };
  const isOther = after === undefined || (gone.length > 0 && accountsIn(before)[0] === gone[0]);
  const event: RoutingEvent = isOther
    ? { type: 'left', agent, isRemoved: after === undefined }
    : { type: 'accounts', agent, gone, ...(endpoints.length === 0 ? {} : { endpoints }) };
  return { entries: [routingEntry(event), ...became], writes: [] };
}

const endpointSchema = z.union([z.string(), z.object({ line: z.string(), address: z.string() })]);
const agentSchema = z.object({
  user: z.string().transform((user) => as<MatrixUserId>(user)),
  endpoints: z.array(endpointSchema).catch([]),
});

/** What is read here of an agent's part, which may be one that no longer fits. */
function endpointsOfPart(part: Part | undefined) {
  const { data } = agentSchema.safeParse(part?.body);
  return data === undefined ? undefined : { user: data.user, ...splitEndpoints(data.endpoints) };
}

/** Of an agent's part; the first is the one that stands for them. */
function accountsIn(part: Part | undefined): MatrixUserId[] {
  const read = endpointsOfPart(part);
  return read === undefined ? [] : accountsOf({ user: read.user, endpoints: read.accounts });
}

/** Outside Matrix. */
function endpointsIn(tenant: Tenant | undefined, part: Part | undefined): Endpoint[] {
  const read = endpointsOfPart(part);
  if (tenant === undefined || part === undefined || read === undefined) return [];
  return endpointsOf(tenant, { id: as(part.name), addresses: read.addresses });
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

async function mustBeEmpty(store: Store, tenant: TenantId, queue: QueueId): Promise<void> {
  const waiting = (await readMembers(store, tenant, queue)).length;
  if (waiting > 0) {
    const many = waiting === 1 ? 'a session waits' : `${String(waiting)} sessions wait`;
    throw new PartNotChanged('in use', `${many} in it; only an empty queue can be deleted`);
  }
  await mustNotBeOfLines(store, tenant, 'queue', queue);
}

/** Those of the config file are looked at with all else that it says. */
async function mustNotBeOfLines(
  store: Store,
  tenant: TenantId,
  field: 'queue' | 'service',
  name: string,
): Promise<void> {
  const lines = [...(await listKeptLines(store, tenant))].filter(([, { value }]) => value[field] === name);
  if (lines.length > 0)
    throw new PartNotChanged('in use', `named by ${lines.map(([id]) => `line ${id}`).join(', ')}`);
}

/** `usable`: the tenant, where it can be used; else nobody can do anything to what it has. */
async function mustBeIdle(store: Store, tenant: TenantId, usable: Tenant | undefined): Promise<void> {
  const hasLines =
    (usable?.lines.size ?? (await listParts(store, tenant, 'shared-lines')).size) > 0 ||
    (await listKeptLines(store, tenant)).size > 0;
  if (hasLines) throw new PartNotChanged('in use', `it has lines; ${inOrder('delete them', usable)}`);
  for (const state of openStates) {
    const open = await store.find(tenant, sessions, { index: 'byState', equals: [state], limit: 1 });
    if (open.length > 0)
      throw new PartNotChanged('in use', `it has open sessions; ${inOrder('close them', usable)}`);
  }
}

function inOrder(what: string, usable: Tenant | undefined): string {
  return usable === undefined ? `say it anew, so that it can be used, then ${what}` : `${what} first`;
}

function routingEntry(event: RoutingEvent): NewEntry<ConversationEvent> {
  return { id: as(`api:${randomUUID()}`), key: routingKey, event };
}
