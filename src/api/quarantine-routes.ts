import { Router } from 'express';
import { z } from 'zod';
import { as } from '../platform/ids.ts';
import type { Logger } from '../platform/log.ts';
import type { QuarantinedEntry } from '../delivery/collections.ts';
import type { Quarantine } from '../delivery/quarantine.ts';
import { done } from './api-answer.ts';
import type { OperatorGuard } from './operator-guard.ts';
import { notFound } from './refusal.ts';
import { nextPage, pageWanted } from './page-query.ts';

export interface QuarantineRoutesOptions {
  readonly quarantine: Quarantine<{ readonly type: string }>;
  readonly guard: OperatorGuard;
  readonly logger: Logger;
}

type Entry = QuarantinedEntry<{ readonly type: string }>;

const base = '/api/v1/tenants/:tenant/quarantine';
const place = z.object({ quarantinedAt: z.number() });

/**
 * Events that could not be handled and were set aside: `GET` lists them (newest last, without what they hold, page by page), `GET /{id}`
 * shows one whole, `POST /{id}/put-back` gives it another try at the end of its conversation, `DELETE /{id}` drops it.
 */
export function quarantineRoutes({ quarantine, guard, logger }: QuarantineRoutesOptions): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const noEntry = () => notFound('There is no such entry in quarantine.');

  router.get(
    base,
    guard.read(base, async ({ tenant, query, response }) => {
      const page = await quarantine.list(tenant, pageWanted<QuarantinedEntry>(query, place));
      response.json({ entries: page.found.map(({ value }) => summary(value)), ...nextPage(page, place) });
    }),
  );
  router.get(
    `${base}/:id`,
    guard.read(base, async ({ tenant, id, response }) => {
      const entry = await quarantine.get(tenant, as(id));
      if (entry === undefined) throw noEntry();
      response.json({ ...summary(entry), event: entry.event });
    }),
  );
  router.post(
    `${base}/:id/put-back`,
    guard.write(base, async ({ tenant, id, keep }) => {
      if (!(await quarantine.putBack(tenant, as(id), keep(done)))) throw noEntry();
      logger.info({ tenant, entry: id }, 'an operator put an event back from quarantine');
      return done;
    }),
  );
  router.delete(
    `${base}/:id`,
    guard.write(base, async ({ tenant, id, keep }) => {
      if (!(await quarantine.drop(tenant, as(id), keep(done)))) throw noEntry();
      logger.info({ tenant, entry: id }, 'an operator dropped an event from quarantine');
      return done;
    }),
  );
  return router;
}

/** Without the event itself, which holds what the customer or the agent wrote. */
function summary({ id, key, event, acceptedAt, quarantinedAt, reason }: Entry): object {
  return {
    id,
    conversation: key,
    kind: event.type,
    reason,
    acceptedAt: new Date(acceptedAt).toISOString(),
    quarantinedAt: new Date(quarantinedAt).toISOString(),
  };
}
