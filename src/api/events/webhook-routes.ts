import { z } from 'zod';
import type { Logger } from '../../platform/log.ts';
import { NoSecretKey } from '../../secrets/key-ring.ts';
import {
  mostAgain,
  type HookDesk,
  type HookSending,
  type HookView,
} from '../../sessions/events/hook-desk.ts';
import { mostHooks, type HookDelivery } from '../../sessions/events/hook.ts';
import { noContent } from '../answer-schemas.ts';
import { done, ok, type ApiAnswer } from '../api-answer.ts';
import { nameOfCaller } from '../caller.ts';
import { declaredRoutes, routeKinds } from '../declared-routes.ts';
import { withIsoTimes } from '../iso-times.ts';
import { nextPage, pageParameters, pageWanted } from '../page-query.ts';
import { conflict, notFound } from '../refusal.ts';
import {
  againAnswer,
  newWebhookAnswer,
  redeliverBody,
  rotateBody,
  sendingsAnswer,
  webhookAnswer,
  webhookBody,
  webhooksAnswer,
} from './webhook-schema.ts';

export interface WebhookRoutesOptions {
  readonly hookDesk: HookDesk;
  readonly logger: Logger;
}

const base = '/api/v1/tenants/:tenant/webhooks';
const place = z.object({ madeAt: z.number() });
const { reading, repeatable, writing } = routeKinds<WebhookRoutesOptions>();
const noHook = () => notFound('There is no such webhook.');

/** Programs of the tenant that are told of events by HTTP. */
export const webhookRoutes = declaredRoutes<WebhookRoutesOptions>([
  reading(
    {
      method: 'get',
      path: base,
      operation: 'listWebhooks',
      summary: 'All webhooks, without their secrets',
      access: 'webhooks:read',
      answers: { 200: { description: 'All webhooks of the tenant.', schema: webhooksAnswer } },
    },
    async ({ hookDesk }, { tenant }) => ok({ webhooks: (await hookDesk.list(tenant)).map(shown) }),
  ),
  reading(
    {
      method: 'get',
      path: `${base}/:id`,
      operation: 'getWebhook',
      summary: 'One webhook, without its secret',
      access: 'webhooks:read',
      answers: { 200: { description: 'The webhook.', schema: webhookAnswer } },
    },
    async ({ hookDesk }, { tenant, id }) => {
      const view = await hookDesk.get(tenant, id);
      if (view === undefined) throw noHook();
      return ok(shown(view));
    },
  ),
  writing(
    {
      method: 'post',
      path: base,
      operation: 'createWebhook',
      summary: 'Adds a webhook',
      description: 'It is told what happens from then on.',
      access: 'webhooks:write',
      body: webhookBody,
      answers: { 201: { description: 'The webhook, with its secret.', schema: newWebhookAnswer } },
    },
    async ({ hookDesk, logger }, { tenant, caller, input, keep }) => {
      const made = await orRefuse(hookDesk.create(tenant, input, (view) => keep(created(view))));
      if (made === undefined)
        throw conflict(`A tenant has at most ${String(mostHooks)} webhooks: remove one first.`);
      logger.info({ tenant, hook: made.view.id, by: nameOfCaller(caller) }, 'a webhook was added');
      return created(made.view, made.secret);
    },
  ),
  repeatable(
    {
      method: 'put',
      path: `${base}/:id`,
      operation: 'changeWebhook',
      summary: 'Changes a webhook, or enables it again',
      access: 'webhooks:write',
      body: webhookBody,
      answers: { 200: { description: 'The webhook.', schema: webhookAnswer } },
    },
    async ({ hookDesk, logger }, { tenant, caller, id, input }) => {
      const view = await hookDesk.change(tenant, id, input);
      if (view === undefined) throw noHook();
      logger.info({ tenant, hook: id, by: nameOfCaller(caller) }, 'a webhook was changed');
      return ok(shown(view));
    },
  ),
  writing(
    {
      method: 'delete',
      path: `${base}/:id`,
      operation: 'removeWebhook',
      summary: 'Removes a webhook, with what is still on its way to it',
      access: 'webhooks:write',
      answers: { 204: noContent },
    },
    async ({ hookDesk, logger }, { tenant, caller, id, keep }) => {
      if (!(await hookDesk.remove(tenant, id, keep(done)))) throw noHook();
      logger.info({ tenant, hook: id, by: nameOfCaller(caller) }, 'a webhook was removed');
      return done;
    },
  ),
  writing(
    {
      method: 'post',
      path: `${base}/:id/rotate-secret`,
      operation: 'rotateWebhookSecret',
      summary: 'Gives it another secret; what is sent is signed with both for a time',
      access: 'webhooks:write',
      body: rotateBody,
      answers: { 201: { description: 'The webhook, with its secret.', schema: newWebhookAnswer } },
    },
    async ({ hookDesk, logger }, { tenant, caller, id, input, keep }) => {
      const graceMs = input.graceSeconds * 1000;
      const made = await orRefuse(hookDesk.rotate(tenant, id, graceMs, (view) => keep(created(view))));
      if (made === undefined) throw noHook();
      logger.info({ tenant, hook: id, by: nameOfCaller(caller) }, 'a webhook got another secret');
      return created(made.view, made.secret);
    },
  ),
  reading(
    {
      method: 'get',
      path: `${base}/:id/deliveries`,
      operation: 'listWebhookDeliveries',
      summary: 'What was sent to it and what is on its way, newest first, with attempts',
      access: 'webhooks:read',
      query: pageParameters,
      answers: { 200: { description: 'A page of them.', schema: sendingsAnswer } },
    },
    async ({ hookDesk }, { tenant, id, query }) => {
      const page = await hookDesk.sendings(tenant, id, pageWanted<HookDelivery>(query, place));
      if (page === undefined) throw noHook();
      return ok({
        deliveries: page.found.map(shownSending),
        ...nextPage({ found: [], ...(page.next === undefined ? {} : { next: page.next }) }, place),
      });
    },
  ),
  writing(
    {
      method: 'post',
      path: `${base}/:id/deliveries/:delivery/redeliver`,
      operation: 'redeliverOne',
      summary: 'Sends one event again, under the same webhook-id',
      access: 'webhooks:write',
      parameters: { delivery: { description: 'The id of the delivery.', schema: z.string() } },
      answers: { 202: { description: 'It is on its way.', schema: againAnswer } },
    },
    async ({ hookDesk }, { tenant, id, request, keep }) => {
      const which = { delivery: request.params.delivery ?? '' };
      const events = await hookDesk.redeliver(tenant, id, which, (count) => keep(again(count)));
      if (events === 0) throw notFound('There is no such delivery.');
      return again(events);
    },
  ),
  writing(
    {
      method: 'post',
      path: `${base}/:id/redeliver`,
      operation: 'redeliverSince',
      summary: `Sends again what was sent since a time, at most ${String(mostAgain)} events`,
      access: 'webhooks:write',
      body: redeliverBody,
      answers: { 202: { description: 'They are on their way.', schema: againAnswer } },
    },
    async ({ hookDesk }, { tenant, id, input, keep }) => {
      if ((await hookDesk.get(tenant, id)) === undefined) throw noHook();
      return again(await hookDesk.redeliver(tenant, id, input, (count) => keep(again(count))));
    },
  ),
]);

function created(view: HookView, secret?: string): ApiAnswer {
  return { status: 201, body: { ...shown(view), ...(secret === undefined ? {} : { secret }) } };
}

function again(events: number): ApiAnswer {
  return { status: 202, body: { events } };
}

function shown({ formerSecretUntil, failing, ...view }: HookView): object {
  return {
    ...withIsoTimes(view),
    ...(formerSecretUntil === undefined
      ? {}
      : { formerSecretUntil: new Date(formerSecretUntil).toISOString() }),
    ...(failing === undefined
      ? {}
      : { failing: { since: new Date(failing.since).toISOString(), reason: failing.reason } }),
  };
}

function shownSending({ id, value, record }: HookSending): object {
  const { event, position, madeAt } = value;
  return withIsoTimes({
    id,
    event,
    position,
    status: record?.status ?? 'forgotten',
    attempts: record?.attempts ?? 0,
    createdAt: madeAt,
    finishedAt: record?.finishedAt,
    ...(record?.queued === true && record.attempts > 0 ? { nextAttemptAt: record.nextAttemptAt } : {}),
    attemptsFailed: (record?.trail?.kept ?? []).map(({ number, at, reason }) => ({ number, at, reason })),
  });
}

async function orRefuse<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof NoSecretKey ? conflict(error.message) : error;
  }
}
