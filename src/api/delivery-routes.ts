import { z } from 'zod';
import { as, type DeliveryId, type TenantId } from '../platform/ids.ts';
import type { Logger } from '../platform/log.ts';
import { deliveryStates, type DeliveryState } from '../delivery/dead-letters.ts';
import type { DeliveryRecord } from '../delivery/delivery.ts';
import type { Page, PageWanted } from '../delivery/page.ts';
import type { ConversationOperation } from '../sessions/conversation-event.ts';
import type { Write } from '../store/store.ts';
import { noContent } from './answer-schemas.ts';
import { done, ok } from './api-answer.ts';
import { declaredRoutes, routeKinds } from './declared-routes.ts';
import { deliveriesAnswer, deliveryAnswer, stateSchema } from './delivery-schema.ts';
import { withIsoTimes } from './iso-times.ts';
import { nextPage, pageParameters, pageWanted } from './page-query.ts';
import { badParameter, conflict, notFound } from './refusal.ts';

type Outgoing = DeliveryRecord<ConversationOperation>;

export interface DeliveryRoutesOptions {
  readonly deliveries: {
    list(
      tenant: TenantId,
      state: DeliveryState,
      wanted: PageWanted<DeliveryRecord>,
    ): Promise<Page<DeliveryRecord>>;
    get(tenant: TenantId, id: DeliveryId): Promise<DeliveryRecord | undefined>;
    /** False where it is not over, or it succeeded. `also` goes into the same commit. */
    retry(tenant: TenantId, id: DeliveryId, also: readonly Write[]): Promise<boolean>;
    /** False where it is not on the list of what was not delivered. */
    drop(tenant: TenantId, id: DeliveryId, also: readonly Write[]): Promise<boolean>;
  };
  readonly logger: Logger;
}

const base = '/api/v1/tenants/:tenant/deliveries';
const { reading, writing } = routeKinds<DeliveryRoutesOptions>();
const places = {
  pending: z.object({ queued: z.literal(true), sequence: z.number() }),
  failed: z.object({ trouble: z.literal('failed'), sequence: z.number() }),
  unclear: z.object({ trouble: z.literal('unclear'), sequence: z.number() }),
};

async function read({ deliveries }: DeliveryRoutesOptions, tenant: TenantId, id: string): Promise<Outgoing> {
  const record = await deliveries.get(tenant, as(id));
  if (record === undefined) throw notFound('There is no such delivery.');
  return record as Outgoing;
}

/** Deliveries that did not get through. Never what was said. */
export const deliveryRoutes = declaredRoutes<DeliveryRoutesOptions>([
  reading(
    {
      method: 'get',
      path: base,
      operation: 'listDeliveries',
      summary: 'Deliveries that are in a state, oldest first',
      access: 'deliveries:read',
      query: {
        status: {
          description: 'Given up, not known to have arrived, or still on their way. Must be given.',
          schema: stateSchema,
        },
        ...pageParameters,
      },
      answers: { 200: { description: 'A page of them.', schema: deliveriesAnswer } },
    },
    async ({ deliveries }, { tenant, query }) => {
      const state = stateSchema.safeParse(query.get('status')).data;
      if (state === undefined) throw badParameter('status', `one of ${deliveryStates.join(', ')}`);
      const wanted = pageWanted<DeliveryRecord>(query, places[state]);
      const page = await deliveries.list(tenant, state, wanted);
      return ok({
        deliveries: page.found.map(({ value }) => withIsoTimes(summary(value as Outgoing))),
        ...nextPage(page, places[state]),
      });
    },
  ),
  reading(
    {
      method: 'get',
      path: `${base}/:id`,
      operation: 'getDelivery',
      summary: 'One delivery, with its attempts',
      access: 'deliveries:read',
      answers: { 200: { description: 'The delivery.', schema: deliveryAnswer } },
    },
    async (parts, { tenant, id }) => ok(withIsoTimes(detail(await read(parts, tenant, id)))),
  ),
  writing(
    {
      method: 'post',
      path: `${base}/:id/retry`,
      operation: 'retryDelivery',
      summary: 'Sends it again',
      access: 'deliveries:write',
      answers: { 204: noContent },
      problems: [409],
    },
    async (parts, { tenant, id, keep }) => {
      await read(parts, tenant, id);
      if (!(await parts.deliveries.retry(tenant, as(id), keep(done))))
        throw conflict('It is still on its way, or it was delivered: there is nothing to send again.');
      parts.logger.info({ tenant, delivery: id }, 'an operator had a delivery sent again');
      return done;
    },
  ),
  writing(
    {
      method: 'delete',
      path: `${base}/:id`,
      operation: 'dropDelivery',
      summary: 'Takes it off the list of what was not delivered',
      access: 'deliveries:write',
      answers: { 204: noContent },
      problems: [409],
    },
    async (parts, { tenant, id, keep }) => {
      await read(parts, tenant, id);
      if (!(await parts.deliveries.drop(tenant, as(id), keep(done))))
        throw conflict('It is not among those that failed or are unclear: there is nothing to drop.');
      parts.logger.info({ tenant, delivery: id }, 'an operator dropped a delivery');
      return done;
    },
  ),
]);

function summary(record: Outgoing): object {
  const { id, messageId, conversation, operation, status, attempts, createdAt, finishedAt, failure } = record;
  return {
    id,
    message: messageId,
    conversation,
    leg: operation.on,
    kind: operation.operation.kind,
    status,
    attempts,
    createdAt,
    finishedAt,
    ...(record.queued && attempts > 0 ? { nextAttemptAt: record.nextAttemptAt } : {}),
    failure,
  };
}

/** The operation itself holds what was said: of it, only where it goes. */
function detail(record: Outgoing): object {
  const { operation, nativeId, trail, receipts, retryOf, droppedAt } = record;
  const address = operation.on === 'line' ? operation.operation.address : undefined;
  const line = operation.on === 'line' ? operation.operation.line : undefined;
  const heard = Object.entries(receipts ?? {}).map(([status, at]) => ({ status, at }));
  return {
    ...summary(record),
    line,
    address,
    nativeId,
    attemptsFailed: trail?.kept ?? [],
    attemptsLeftOut: trail?.leftOut,
    receipts: heard,
    retryOf,
    droppedAt,
  };
}
