import { Router } from 'express';
import { z } from 'zod';
import { as, type DeliveryId, type TenantId } from '../platform/ids.ts';
import type { Logger } from '../platform/log.ts';
import { deliveryStates, type DeliveryState } from '../delivery/dead-letters.ts';
import type { DeliveryRecord } from '../delivery/delivery.ts';
import type { Page, PageWanted } from '../delivery/page.ts';
import type { ConversationOperation } from '../sessions/conversation-event.ts';
import type { Write } from '../store/store.ts';
import { done } from './api-answer.ts';
import { withIsoTimes } from './iso-times.ts';
import type { OperatorGuard } from './operator-guard.ts';
import { nextPage, pageWanted } from './page-query.ts';
import { badRequest, conflict, notFound } from './refusal.ts';

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
  readonly guard: OperatorGuard;
  readonly logger: Logger;
}

const base = '/api/v1/tenants/:tenant/deliveries';
const stateSchema = z.enum(deliveryStates);
const places = {
  pending: z.object({ queued: z.literal(true), sequence: z.number() }),
  failed: z.object({ trouble: z.literal('failed'), sequence: z.number() }),
  unclear: z.object({ trouble: z.literal('unclear'), sequence: z.number() }),
};

/**
 * Deliveries that did not get through. `GET ?status=failed|unclear|pending` lists them, oldest first, page by page; `GET /{id}` shows
 * one with its attempts; `POST /{id}/retry` sends it again; `DELETE /{id}` takes it off the list. Never what was said.
 */
export function deliveryRoutes({ deliveries, guard, logger }: DeliveryRoutesOptions): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const read = async (tenant: TenantId, id: string): Promise<Outgoing> => {
    const record = await deliveries.get(tenant, as(id));
    if (record === undefined) throw notFound('There is no such delivery.');
    return record as Outgoing;
  };

  router.get(
    base,
    guard.read(base, async ({ tenant, query, response }) => {
      const state = stateSchema.safeParse(query.get('status')).data;
      if (state === undefined) throw badRequest(`status: expected one of ${deliveryStates.join(', ')}.`);
      const wanted = pageWanted<DeliveryRecord>(query, places[state]);
      const page = await deliveries.list(tenant, state, wanted);
      response.json({
        deliveries: page.found.map(({ value }) => withIsoTimes(summary(value as Outgoing))),
        ...nextPage(page, places[state]),
      });
    }),
  );
  router.get(
    `${base}/:id`,
    guard.read(base, async ({ tenant, id, response }) => {
      response.json(withIsoTimes(detail(await read(tenant, id))));
    }),
  );
  router.post(
    `${base}/:id/retry`,
    guard.write(base, async ({ tenant, id, keep }) => {
      await read(tenant, id);
      if (!(await deliveries.retry(tenant, as(id), keep(done))))
        throw conflict('It is still on its way, or it was delivered: there is nothing to send again.');
      logger.info({ tenant, delivery: id }, 'an operator had a delivery sent again');
      return done;
    }),
  );
  router.delete(
    `${base}/:id`,
    guard.write(base, async ({ tenant, id, keep }) => {
      await read(tenant, id);
      if (!(await deliveries.drop(tenant, as(id), keep(done))))
        throw conflict('It is not among those that failed or are unclear: there is nothing to drop.');
      logger.info({ tenant, delivery: id }, 'an operator dropped a delivery');
      return done;
    }),
  );
  return router;
}

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
