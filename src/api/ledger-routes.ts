import { z } from 'zod';
import { as, type TenantId } from '../platform/ids.ts';
import { ledgerSearches, type Ledger, type LedgerSearch } from '../sessions/ledger/ledger.ts';
import type { LedgerFacts } from '../sessions/ledger/ledger-facts.ts';
import type { MessagePlace } from '../sessions/ledger/list-messages.ts';
import { timelineOf } from '../sessions/ledger/timeline.ts';
import { verdictOf } from '../sessions/ledger/verdict.ts';
import { ok } from './api-answer.ts';
import { declaredRoutes, routeKinds } from './declared-routes.ts';
import { ledgerAnswer, messagesAnswer } from './ledger-schema.ts';
import type { OperatorCall } from './operator-guard.ts';
import { badParameter, notFound } from './refusal.ts';
import { nextPage, pageParameters, pageWanted } from './page-query.ts';
import { withIsoTimes } from './iso-times.ts';

export interface LedgerRoutesOptions {
  readonly ledger: Ledger;
}

const base = '/api/v1/tenants/:tenant/messages';
const place = z.object({ at: z.number() });
const searchValue = z.string().min(1).max(1000);
const { reading } = routeKinds<LedgerRoutesOptions>();
const search = (description: string) => ({ description, schema: searchValue.optional() });

/** Every message's way, never its text. */
export const ledgerRoutes = declaredRoutes<LedgerRoutesOptions>([
  reading(
    {
      method: 'get',
      path: base,
      operation: 'findMessages',
      summary: 'Finds messages, newest first',
      description: 'By exactly one of `native`, `event`, `conversation`, `address`.',
      access: 'messages:read',
      query: {
        native: search('The network’s id of the message.'),
        event: search('The Matrix event’s id.'),
        conversation: search('All of a conversation.'),
        address: search('All of a customer’s address on a network.'),
        ...pageParameters,
      },
      answers: { 200: { description: 'A page of them.', schema: messagesAnswer } },
    },
    async ({ ledger }, { tenant, query }) => {
      const wanted = pageWanted<MessagePlace>(query, place);
      const { messages, next } = await ledger.search(tenant, searchIn(query), wanted);
      return ok({
        messages: messages.map((facts) => withIsoTimes(summary(facts))),
        ...nextPage({ found: [], ...(next === undefined ? {} : { next }) }, place),
      });
    },
  ),
  reading(
    {
      method: 'get',
      path: `${base}/:id/ledger`,
      operation: 'getLedger',
      summary: 'One message, with all that happened to it',
      access: 'messages:read',
      answers: { 200: { description: 'Its way.', schema: ledgerAnswer } },
    },
    async ({ ledger }, { tenant, id }) => {
      const facts = await ledger.message(tenant, as(id));
      if (facts === undefined) throw notFound('There is no such message.');
      return ok(withIsoTimes(detail(ledger, tenant, facts)));
    },
  ),
]);

function searchIn(query: OperatorCall['query']): LedgerSearch {
  const given = ledgerSearches.filter((by) => query.has(by));
  const [by] = given;
  const value = by === undefined ? undefined : searchValue.safeParse(query.get(by)).data;
  if (by === undefined || value === undefined || given.length > 1)
    throw badParameter('query', `one of ${ledgerSearches.join(', ')}, with 1 to 1000 characters`);
  return { by, value };
}

/** What is the message, and what it has come to. */
function summary(facts: LedgerFacts): object {
  const { message, conversation, author, kind, line, network, nativeId, acceptedAt } = facts;
  return {
    message,
    conversation,
    author,
    kind,
    line,
    network,
    nativeId,
    acceptedAt,
    verdict: verdictOf(facts),
  };
}

function detail(ledger: Ledger, tenant: TenantId, facts: LedgerFacts): object {
  return { ...summary(facts), timeline: timelineOf(facts), words: ledger.words(tenant, facts) };
}
