import { Router } from 'express';
import { z } from 'zod';
import { as, tenantIdPattern, type ServiceId, type TenantId } from '../platform/ids.ts';
import type { Logger } from '../platform/log.ts';
import { describeContent } from '../message/describe-content.ts';
import { excerpt } from '../message/excerpt.ts';
import type { FrontRecord, HeldMessage } from '../sessions/front/front-record.ts';
import type { Parked, ParkedView } from '../sessions/front/parked.ts';
import { checkedBody } from './checked-body.ts';
import type { OperatorGuard } from './operator-guard.ts';
import { nextPage, pageWanted } from './page-query.ts';
import { readJson } from './read-json.ts';
import { conflict, notFound } from './refusal.ts';

export interface ParkedRoutesOptions {
  readonly parked: Parked;
  readonly guard: OperatorGuard;
  readonly logger: Logger;
}

const base = '/api/v1/parked';
const place = z.object({ parkedAt: z.number() });
const excerptLength = 200;
const aTenant = 'the id of a tenant that shares the line';

/** `POST /parked/{id}/assign`. */
export const assignBody = z.strictObject(
  {
    tenant: z.string(aTenant).regex(tenantIdPattern, aTenant),
    service: z.string('the id of a service').regex(tenantIdPattern, 'the id of a service').optional(),
  },
  'an object with the field tenant',
);

/**
 * Customers of shared lines of whom nobody knows whom they write to: `GET` lists them, longest first, `GET /{id}` shows what they wrote,
 * `POST /{id}/assign` gives them to a tenant.
 */
export function parkedRoutes({ parked, guard, logger }: ParkedRoutesOptions): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const nobody = () => notFound('Nobody of that id is parked.');

  router.get(
    base,
    guard.installation(base, async ({ originalUrl }, response) => {
      const query = new URLSearchParams(originalUrl.split('?', 2)[1] ?? '');
      const page = await parked.list(pageWanted<FrontRecord>(query, place));
      response.json({
        parked: page.found.map(({ id, value }) => summary(id, value)),
        ...nextPage(page, place),
      });
    }),
  );
  router.get(
    `${base}/:id`,
    guard.installation(base, async ({ params }, response) => {
      const view = await parked.view(params['id'] ?? '');
      if (view === undefined) throw nobody();
      response.json(shown(view));
    }),
  );
  router.post(
    `${base}/:id/assign`,
    guard.installation(base, async (request, response) => {
      const { tenant, service } = checkedBody(assignBody, await readJson(request));
      const id = request.params['id'] ?? '';
      const owner = {
        tenant: as<TenantId>(tenant),
        ...(service === undefined ? {} : { service: as<ServiceId>(service) }),
      };
      const outcome = await parked.assign(id, owner);
      if (outcome === 'not parked') throw nobody();
      if (outcome === 'not shared')
        throw conflict('tenant: it does not share this line, or has no such service.');
      logger.info({ tenant, conversation: id }, 'an operator assigned a parked conversation');
      response.status(202).json({ id, requested: owner });
    }),
  );
  return router;
}

function summary(
  id: string,
  { line, channel, address, parkedAt = 0, question, held, lastAt }: FrontRecord,
): object {
  return {
    id,
    line,
    channel,
    address: address.id,
    parkedSince: new Date(parkedAt).toISOString(),
    lastMessageAt: new Date(lastAt).toISOString(),
    messages: held,
    asked: question?.kind ?? 'nothing',
    ...(question?.kind === 'which'
      ? {
          candidates: question.options.map(({ tenant, service }) => ({
            tenant,
            ...(service === undefined ? {} : { service }),
          })),
        }
      : {}),
  };
}

function shown({ id, record, messages }: ParkedView): object {
  return { ...summary(id, record), said: messages.map(words) };
}

function words({ event }: HeldMessage): object {
  const content = event.kind === 'message' ? event.message.content : undefined;
  const text = content === undefined ? '' : content.kind === 'text' ? content.text : describeContent(content);
  return { at: new Date(event.at).toISOString(), text: excerpt(text, excerptLength) };
}
