import type { AgentView } from '../directory/agent-view.ts';
import { as } from '../platform/ids.ts';
import type { Logger } from '../platform/log.ts';
import type { DirectoryDesk } from '../sessions/kept-directory/directory-desk.ts';
import type { RoutingDesk } from '../sessions/routing-desk.ts';
import { agentsAnswer, agentWithSettings, availabilityAnswer, availabilityBody } from './agent-schema.ts';
import { ok, type ApiAnswer } from './api-answer.ts';
import { declaredRoutes, routeKinds } from './declared-routes.ts';
import { partTagHeader } from './directory-schema.ts';
import { pageById } from './page-by-id.ts';
import { pageParameters } from './page-query.ts';
import { notUsed, settingsShown } from './part-answers.ts';
import { notFound } from './refusal.ts';

export interface AgentRoutesOptions {
  readonly routing: Pick<RoutingDesk, 'agents' | 'agent' | 'setAvailability'>;
  /** Gives the settings that make an agent what they are; without it these are not shown. */
  readonly directory?: Pick<DirectoryDesk, 'get'>;
  readonly logger: Logger;
}

const base = '/api/v1/tenants/:tenant/agents';
const { reading, writing } = routeKinds<AgentRoutesOptions>();
const noAgent = () => notFound('There is no such agent.');

/** Who answers, with what they have in hand, and whether one takes sessions. */
export const agentRoutes = declaredRoutes<AgentRoutesOptions>([
  reading(
    {
      method: 'get',
      path: base,
      operation: 'listAgents',
      summary: 'All agents, with what they have in hand',
      access: 'agents:read',
      query: pageParameters,
      answers: { 200: { description: 'A page of them, by id.', schema: agentsAnswer } },
    },
    async ({ routing }, { tenant, query }) => {
      const { page, ...next } = pageById(await routing.agents(tenant), ({ id }) => id, query);
      return ok({ agents: page.map(shown), ...next });
    },
  ),
  reading(
    {
      method: 'get',
      path: `${base}/:id`,
      operation: 'getAgent',
      summary: 'One agent, with what they have in hand',
      access: 'agents:read',
      answers: { 200: { description: 'The agent.', schema: agentWithSettings, headers: partTagHeader } },
    },
    async ({ routing, directory }, { tenant, id }) => {
      const agent = await routing.agent(tenant, as(id));
      const part = await directory?.get(tenant, 'agents', id);
      if (agent === undefined) throw notUsed('agent', part);
      return settingsShown(shown(agent), part);
    },
  ),
  writing(
    {
      method: 'post',
      path: `${base}/:id/availability`,
      operation: 'setAvailability',
      summary: 'Says whether the agent takes sessions',
      description: 'What the agent’s own `!available`, `!busy`, `!break` and `!offline` do.',
      access: 'agents:write',
      body: availabilityBody,
      answers: { 202: { description: 'It takes effect in its turn.', schema: availabilityAnswer } },
    },
    async ({ routing, logger }, { tenant, id, input: { availability }, keep }) => {
      const answer: ApiAnswer = { status: 202, body: { agent: id, requested: availability } };
      if (!(await routing.setAvailability(tenant, as(id), availability, keep(answer)))) throw noAgent();
      logger.info({ tenant, agent: id, availability }, 'an operator changed an agent’s availability');
      return answer;
    },
  ),
]);

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
