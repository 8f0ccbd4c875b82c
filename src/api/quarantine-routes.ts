import { z } from 'zod';
import { as } from '../platform/ids.ts';
import type { Logger } from '../platform/log.ts';
import type { QuarantinedEntry } from '../delivery/collections.ts';
import type { Quarantine } from '../delivery/quarantine.ts';
import { next, noContent, time } from './answer-schemas.ts';
import { done, ok } from './api-answer.ts';
import { declaredRoutes, routeKinds } from './declared-routes.ts';
import { notFound } from './refusal.ts';
import { nextPage, pageParameters, pageWanted } from './page-query.ts';

export interface QuarantineRoutesOptions {
  readonly quarantine: Quarantine<{ readonly type: string }>;
  readonly logger: Logger;
}

type Entry = QuarantinedEntry<{ readonly type: string }>;

const base = '/api/v1/tenants/:tenant/quarantine';
const place = z.object({ quarantinedAt: z.number() });
const { reading, writing } = routeKinds<QuarantineRoutesOptions>();
const noEntry = () => notFound('There is no such entry in quarantine.');

const summaryAnswer = z
  .object({
    id: z.string(),
    conversation: z.string(),
    kind: z.string().meta({ description: '`channel`, `room`, `delivery`, `timer`, ...' }),
    reason: z.string().meta({ description: 'The error’s text.' }),
    acceptedAt: time,
    quarantinedAt: time,
  })
  .meta({ id: 'QuarantinedEvent' });
const wholeAnswer = summaryAnswer.extend({
  event: z.unknown().meta({ description: 'As it came. It may hold what the customer or the agent wrote.' }),
});

/** Events that could not be handled and were set aside. */
export const quarantineRoutes = declaredRoutes<QuarantineRoutesOptions>([
  reading(
    {
      method: 'get',
      path: base,
      operation: 'listQuarantine',
      summary: 'Events that were set aside, oldest first, without what they hold',
      access: 'quarantine:read',
      query: pageParameters,
      answers: {
        200: { description: 'A page of them.', schema: z.object({ entries: z.array(summaryAnswer), next }) },
      },
    },
    async ({ quarantine }, { tenant, query }) => {
      const page = await quarantine.list(tenant, pageWanted<QuarantinedEntry>(query, place));
      return ok({ entries: page.found.map(({ value }) => summary(value)), ...nextPage(page, place) });
    },
  ),
  reading(
    {
      method: 'get',
      path: `${base}/:id`,
      operation: 'getQuarantined',
      summary: 'An event that was set aside, whole',
      access: 'quarantine:read',
      answers: { 200: { description: 'The event.', schema: wholeAnswer } },
    },
    async ({ quarantine }, { tenant, id }) => {
      const entry = await quarantine.get(tenant, as(id));
      if (entry === undefined) throw noEntry();
      return ok({ ...summary(entry), event: entry.event });
    },
  ),
  writing(
    {
      method: 'post',
      path: `${base}/:id/put-back`,
      operation: 'putBack',
      summary: 'Gives it another try, at the end of its conversation',
      access: 'quarantine:write',
      answers: { 204: noContent },
    },
    async ({ quarantine, logger }, { tenant, id, keep }) => {
      if (!(await quarantine.putBack(tenant, as(id), keep(done)))) throw noEntry();
      logger.info({ tenant, entry: id }, 'an operator put an event back from quarantine');
      return done;
    },
  ),
  writing(
    {
      method: 'delete',
      path: `${base}/:id`,
      operation: 'dropQuarantined',
      summary: 'Drops it',
      access: 'quarantine:write',
      answers: { 204: noContent },
    },
    async ({ quarantine, logger }, { tenant, id, keep }) => {
      if (!(await quarantine.drop(tenant, as(id), keep(done)))) throw noEntry();
      logger.info({ tenant, entry: id }, 'an operator dropped an event from quarantine');
      return done;
    },
  ),
]);

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
