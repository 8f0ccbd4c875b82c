import { Router, type Request, type Response } from 'express';
import { z } from 'zod';
import { as, tenantIdPattern, type InboxEntryId, type TenantId } from '../platform/ids.ts';
import type { Logger } from '../platform/log.ts';
import type { QuarantinedEntry } from '../delivery/collections.ts';
import type { Quarantine } from '../delivery/quarantine.ts';
import { isBearer } from './bearer.ts';
import { problemOf, sendProblem } from './problem.ts';

export interface QuarantineRoutesOptions {
  readonly quarantine: Quarantine<{ readonly type: string }>;
  readonly hasTenant: (tenant: TenantId) => boolean;
  /** Asked for as a bearer token; without it there are no such routes. */
  readonly operatorToken: string;
  readonly logger: Logger;
}

type Entry = QuarantinedEntry<{ readonly type: string }>;

const pathSchema = z.object({
  tenant: z.string().regex(tenantIdPattern),
  id: z.string().min(1).max(1000).optional(),
});
const base = '/api/v1/tenants/:tenant/quarantine';
const pageSize = 1000;

/**
 * Events that could not be handled and were set aside: `GET` lists them (newest last, without what they hold), `GET /{id}` shows one
 * whole, `POST /{id}/put-back` gives it another try at the end of its conversation, `DELETE /{id}` drops it.
 */
export function quarantineRoutes(options: QuarantineRoutesOptions): Router {
  const { quarantine, logger } = options;
  const router = Router({ caseSensitive: true, strict: true });

  const guarded =
    (action: (tenant: TenantId, id: InboxEntryId, response: Response) => Promise<void>) =>
    async (request: Request, response: Response): Promise<void> => {
      response.set('cache-control', 'no-store');
      if (!isBearer(request.headers.authorization, options.operatorToken)) {
        sendProblem(response, {
          status: 401,
          title: 'Unauthorized',
          detail: 'Authorization: expected Bearer and the http.operatorToken of the config file.',
          headers: { 'www-authenticate': 'Bearer' },
        });
        return;
      }
      const path = pathSchema.safeParse(request.params);
      const tenant = path.data?.tenant;
      if (tenant === undefined || !options.hasTenant(as(tenant))) {
        sendProblem(response, { status: 404, title: 'Not Found', detail: 'There is no such tenant.' });
        return;
      }
      try {
        await action(as(tenant), as(path.data?.id ?? ''), response);
      } catch (error) {
        sendProblem(response, problemOf(error, base, logger));
      }
    };
  const noEntry = (response: Response): void => {
    sendProblem(response, {
      status: 404,
      title: 'Not Found',
      detail: 'There is no such entry in quarantine.',
    });
  };
  const find = async (tenant: TenantId, id: InboxEntryId): Promise<Entry | undefined> =>
    (await quarantine.list(tenant, { limit: pageSize })).find(({ value }) => value.id === id)?.value;

  router.get(
    base,
    guarded(async (tenant, _id, response) => {
      const entries = await quarantine.list(tenant, { limit: pageSize });
      response.json({ entries: entries.map(({ value }) => summary(value)) });
    }),
  );
  router.get(
    `${base}/:id`,
    guarded(async (tenant, id, response) => {
      const entry = await find(tenant, id);
      if (entry === undefined) noEntry(response);
      else response.json({ ...summary(entry), event: entry.event });
    }),
  );
  router.post(
    `${base}/:id/put-back`,
    guarded(async (tenant, id, response) => {
      if (!(await quarantine.putBack(tenant, id))) {
        noEntry(response);
        return;
      }
      logger.info({ tenant, entry: id }, 'an operator put an event back from quarantine');
      response.status(204).end();
    }),
  );
  router.delete(
    `${base}/:id`,
    guarded(async (tenant, id, response) => {
      if (!(await quarantine.drop(tenant, id))) {
        noEntry(response);
        return;
      }
      logger.info({ tenant, entry: id }, 'an operator dropped an event from quarantine');
      response.status(204).end();
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
