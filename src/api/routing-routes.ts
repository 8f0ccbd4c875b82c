import { Router } from 'express';
import { as } from '../platform/ids.ts';
import type { RoutingDesk } from '../sessions/routing-desk.ts';
import { checkedBody, unprocessable } from './checked-body.ts';
import type { OperatorGuard } from './operator-guard.ts';
import { readJson } from './read-json.ts';
import { simulateBody } from './routing-schema.ts';

export interface RoutingRoutesOptions {
  readonly routing: Pick<RoutingDesk, 'simulate'>;
  readonly guard: OperatorGuard;
}

const base = '/api/v1/tenants/:tenant/routing';

/** `POST /simulate`: who would be asked now for a session that might come, and why, or what keeps each agent from it. Changes nothing. */
export function routingRoutes({ routing, guard }: RoutingRoutesOptions): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router.post(
    `${base}/simulate`,
    guard.repeatable(base, async ({ tenant, request, response }) => {
      const { queue, network, skills, waitedSeconds } = checkedBody(simulateBody, await readJson(request));
      const found = await routing.simulate(tenant, {
        queue: as(queue),
        network,
        skills,
        waitedMs: waitedSeconds * 1000,
      });
      if (found === undefined)
        throw unprocessable([{ path: 'queue', found: 'another name', expected: 'the id of a queue' }]);
      response.json({ queue, network, outcome: found.asked === undefined ? 'waits' : 'offered', ...found });
    }),
  );
  return router;
}
