import { Router } from 'express';
import type { AgentView } from '../directory/agent-view.ts';
import { as } from '../platform/ids.ts';
import type { Logger } from '../platform/log.ts';
import type { DirectoryDesk } from '../sessions/kept-directory/directory-desk.ts';
import type { RoutingDesk } from '../sessions/routing-desk.ts';
import { availabilityBody } from './agent-schema.ts';
import type { ApiAnswer } from './api-answer.ts';
import { checkedBody } from './checked-body.ts';
import type { OperatorGuard } from './operator-guard.ts';
import { withSettings } from './part-answers.ts';
import { jsonOf } from './read-json.ts';
import { notFound } from './refusal.ts';

export interface AgentRoutesOptions {
  readonly routing: Pick<RoutingDesk, 'agents' | 'agent' | 'setAvailability'>;
  /** Gives the settings that make an agent what they are; without it these are not shown. */
  readonly directory?: Pick<DirectoryDesk, 'get'>;
  readonly guard: OperatorGuard;
  readonly logger: Logger;
}

const base = '/api/v1/tenants/:tenant/agents';

/** Who answers: `GET` lists them with what they have in hand, `POST /{id}/availability` says whether one takes sessions. */
export function agentRoutes({ routing, directory, guard, logger }: AgentRoutesOptions): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const noAgent = () => notFound('There is no such agent.');

  router.get(
    base,
    guard.read(base, async ({ tenant, response }) => {
      const agents = await routing.agents(tenant);
      response.json({ agents: agents.map(shown) });
    }),
  );
  router.get(
    `${base}/:id`,
    guard.read(base, async ({ tenant, id, response }) => {
      const agent = await routing.agent(tenant, as(id));
      if (agent === undefined) throw noAgent();
      response.json(withSettings(response, shown(agent), await directory?.get(tenant, 'agents', id)));
    }),
  );
  router.post(
    `${base}/:id/availability`,
    guard.write(base, async ({ tenant, id, request, body, keep }) => {
      const { availability } = checkedBody(availabilityBody, jsonOf(request, body));
      const answer: ApiAnswer = { status: 202, body: { agent: id, requested: availability } };
      if (!(await routing.setAvailability(tenant, as(id), availability, keep(answer)))) throw noAgent();
      logger.info({ tenant, agent: id, availability }, 'an operator changed an agent’s availability');
      return answer;
    }),
  );
  return router;
}

function shown({ since, wrapUps, ...agent }: AgentView): object {
  return {
    ...agent,
    ...(since === undefined ? {} : { since: new Date(since).toISOString() }),
    wrapUps: wrapUps.map(({ session, until, weight }) => ({
      session,
      until: new Date(until).toISOString(),
      weight,
    })),
  };
}
