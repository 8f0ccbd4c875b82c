import { Router } from 'express';
import { z } from 'zod';
import { as, type TenantId } from '../platform/ids.ts';
import { ledgerSearches, type Ledger, type LedgerSearch } from '../sessions/ledger/ledger.ts';
import type { LedgerFacts } from '../sessions/ledger/ledger-facts.ts';
import type { MessagePlace } from '../sessions/ledger/list-messages.ts';
import { timelineOf } from '../sessions/ledger/timeline.ts';
import { verdictOf } from '../sessions/ledger/verdict.ts';
import type { OperatorCall, OperatorGuard } from './operator-guard.ts';
import { badRequest, notFound } from './refusal.ts';
import { nextPage, pageWanted } from './page-query.ts';
import { withIsoTimes } from './iso-times.ts';

export interface LedgerRoutesOptions {
  readonly ledger: Ledger;
  readonly guard: OperatorGuard;
}

const base = '/api/v1/tenants/:tenant/messages';
const place = z.object({ at: z.number() });
const searchValue = z.string().min(1).max(1000);

/**
 * Every message's way, never its text. `GET /{id}/ledger`: one message with all that happened to it. `GET ?native=`, `?event=`,
 * `?conversation=` or `?address=` finds messages, newest first, page by page.
 */
export function ledgerRoutes({ ledger, guard }: LedgerRoutesOptions): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router.get(
    base,
    guard.read(base, async ({ tenant, query, response }) => {
      const wanted = pageWanted<MessagePlace>(query, place);
      const { messages, next } = await ledger.search(tenant, searchIn(query), wanted);
      response.json({
        messages: messages.map((facts) => withIsoTimes(summary(facts))),
        ...nextPage({ found: [], ...(next === undefined ? {} : { next }) }, place),
      });
    }),
  );
  router.get(
    `${base}/:id/ledger`,
    guard.read(base, async ({ tenant, id, response }) => {
      const facts = await ledger.message(tenant, as(id));
      if (facts === undefined) throw notFound('There is no such message.');
      response.json(withIsoTimes(detail(ledger, tenant, facts)));
    }),
  );
  return router;
}

function searchIn(query: OperatorCall['query']): LedgerSearch {
  const given = ledgerSearches.filter((by) => query.has(by));
  const [by] = given;
  const value = by === undefined ? undefined : searchValue.safeParse(query.get(by)).data;
  if (by === undefined || value === undefined || given.length > 1)
    throw badRequest(`query: expected one of ${ledgerSearches.join(', ')}, with 1 to 1000 characters.`);
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
