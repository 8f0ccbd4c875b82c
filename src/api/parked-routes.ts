import { z } from 'zod';
import { as, tenantIdPattern, type ServiceId, type TenantId } from '../platform/ids.ts';
import type { Logger } from '../platform/log.ts';
import { describeContent } from '../message/describe-content.ts';
import { excerpt } from '../message/excerpt.ts';
import type { FrontRecord, HeldMessage } from '../sessions/front/front-record.ts';
import type { Parked, ParkedView } from '../sessions/front/parked.ts';
import { ok } from './api-answer.ts';
import { declaredRoutes, routeKinds } from './declared-routes.ts';
import { assignAnswer, parkedAnswer, parkedListAnswer } from './directory-schema.ts';
import { nextPage, pageParameters, pageWanted } from './page-query.ts';
import { conflict, notFound } from './refusal.ts';

export interface ParkedRoutesOptions {
  readonly parked: Parked;
  readonly logger: Logger;
}

const base = '/api/v1/parked';
const place = z.object({ parkedAt: z.number() });
const excerptLength = 200;
const aTenant = 'the id of a tenant that shares the line';

/** `POST /parked/{id}/assign`. */
const assignBody = z.strictObject(
  {
    tenant: z.string(aTenant).regex(tenantIdPattern, aTenant),
    service: z.string('the id of a service').regex(tenantIdPattern, 'the id of a service').optional(),
  },
  'an object with the field tenant',
);

const { ofInstallation, changingInstallation } = routeKinds<ParkedRoutesOptions>();
const nobody = () => notFound('Nobody of that id is parked.');

/** Customers of shared lines of whom nobody knows whom they write to. */
export const parkedRoutes = declaredRoutes<ParkedRoutesOptions>([
  ofInstallation(
    {
      method: 'get',
      path: base,
      operation: 'listParked',
      summary: 'Customers of whom nobody knows whom they write to, longest first',
      access: 'operator',
      query: pageParameters,
      answers: { 200: { description: 'A page of them.', schema: parkedListAnswer } },
    },
    async ({ parked }, { originalUrl }) => {
      const query = new URLSearchParams(originalUrl.split('?', 2)[1] ?? '');
      const page = await parked.list(pageWanted<FrontRecord>(query, place));
      return ok({ parked: page.found.map(({ id, value }) => summary(id, value)), ...nextPage(page, place) });
    },
  ),
  ofInstallation(
    {
      method: 'get',
      path: `${base}/:id`,
      operation: 'getParked',
      summary: 'One of them, with what they wrote',
      access: 'operator',
      answers: { 200: { description: 'The customer.', schema: parkedAnswer } },
    },
    async ({ parked }, { params }) => {
      const view = await parked.view(params['id'] ?? '');
      if (view === undefined) throw nobody();
      return ok(shown(view));
    },
  ),
  changingInstallation(
    {
      method: 'post',
      path: `${base}/:id/assign`,
      operation: 'assignParked',
      summary: 'Gives a customer to a tenant, with what waits',
      access: 'operator',
      body: assignBody,
      answers: { 202: { description: 'It takes effect in its turn.', schema: assignAnswer } },
      problems: [409],
    },
    async ({ parked, logger }, { params }, { input: { tenant, service }, keep }) => {
      const id = params['id'] ?? '';
      const owner = {
        tenant: as<TenantId>(tenant),
        ...(service === undefined ? {} : { service: as<ServiceId>(service) }),
      };
      const answer = { status: 202, body: { id, requested: owner } };
      const outcome = await parked.assign(id, owner, keep(answer));
      if (outcome === 'not parked') throw nobody();
      if (outcome === 'not shared')
        throw conflict('tenant: it does not share this line, or has no such service.');
      logger.info({ tenant, conversation: id }, 'an operator assigned a parked conversation');
      return answer;
    },
  ),
]);

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
