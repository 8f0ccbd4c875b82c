import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { NewEntry } from '../../delivery/delivery.ts';
import { splitEndpoints } from '../../directory/agent-endpoints.ts';
import { agentWork, freshWork } from '../../directory/agent-work.ts';
import { contactOf, conversations } from '../../directory/contact.ts';
import { accountsOf } from '../../directory/directory.ts';
import type { Part } from '../../directory/kept/kept-part.ts';
import type { Tenant } from '../../directory/tenant.ts';
import { as, type AgentId, type MatrixUserId } from '../../platform/ids.ts';
import { put, type Store } from '../../store/store.ts';
import { routingKey, type ConversationEvent, type RoutingEvent } from '../conversation-event.ts';
import { endpointsOf, type Endpoint } from '../endpoints/endpoint.ts';
import type { PartEffects } from './part-effects.ts';

type Entries = PartEffects['entries'];

/**
 * What a change of an agent's part brings about beside the part itself. `usable`: the tenant, where it can be used.
 */
export async function effectsOnAgent(
  store: Store,
  usable: Tenant | undefined,
  before: Part | undefined,
  after: Part | undefined,
): Promise<PartEffects> {
  const became =
    usable === undefined
      ? []
      : await endOfCustomers(store, usable, endpointsIn(usable, after), endpointsIn(usable, before));
  if (before !== undefined) return changedAgent(usable, before, after, became);
  if (after === undefined || usable === undefined) return { entries: [], writes: [] };
  const { entries, writes } = await newAgent(store, usable, as(after.name));
  return { entries: [...entries, ...became], writes };
}

/** `became`: what else comes of it. */
function changedAgent(
  usable: Tenant | undefined,
  before: Part,
  after: Part | undefined,
  became: Entries,
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

function routingEntry(event: RoutingEvent): NewEntry<ConversationEvent> {
  return { id: as(`api:${randomUUID()}`), key: routingKey, event };
}
