import { agentRoutes } from '../../src/api/agent-routes.ts';
import { createIdempotency } from '../../src/api/idempotency.ts';
import { createOperatorGuard } from '../../src/api/operator-guard.ts';
import { queueRoutes } from '../../src/api/queue-routes.ts';
import { routingRoutes } from '../../src/api/routing-routes.ts';
import { ruleRoutes } from '../../src/api/rule-routes.ts';
import { rulesReader } from '../../src/config/rules-reader.ts';
import { createRuleDesk } from '../../src/sessions/rule-desk/rule-desk.ts';
import { silentLogger } from '../../src/platform/log.ts';
import { createRoutingDesk } from '../../src/sessions/routing-desk.ts';
import { openWorld, type WorldOptions } from '../sessions/world.ts';
import { serveHttp } from './serve-http.ts';

const operatorToken = 'the-token-of-the-operator';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The world of the session tests with its tenants acme and bolt, and what operators may ask about agents and queues. */
export async function openRoutingServer(options: WorldOptions = {}) {
  const world = await openWorld(options);
  const { store, clock, delivery, directory } = world;
  const now = (): number => clock.now();
  const guard = createOperatorGuard({
    hasTenant: (tenant) => directory.tenant(tenant) !== undefined,
    operatorToken,
    idempotency: createIdempotency({ store, now }),
    logger: silentLogger,
  });
  const routing = createRoutingDesk({ store, directory, now, accept: delivery.accept });
  const rules = createRuleDesk({ store, directory, now, reader: rulesReader, logger: silentLogger });
  const server = await serveHttp({
    routers: [
      agentRoutes({ routing, guard, logger: silentLogger }),
      queueRoutes({ routing, guard }),
      routingRoutes({ routing, guard }),
      ruleRoutes({ rules, guard }),
    ],
  });
  const origin = server.url;
  const base = `${origin}/api/v1/tenants/`;

  const ask = async (
    method: string,
    path: string,
    { body, headers = {} }: { readonly body?: unknown; readonly headers?: Record<string, string> } = {},
  ): Promise<Answer> => {
    const answer = await fetch(base + path, {
      method,
      headers: {
        authorization: `Bearer ${operatorToken}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return {
      status: answer.status,
      headers: answer.headers,
      body: (text === '' ? {} : JSON.parse(text)) as Answer['body'],
    };
  };
  return {
    world,
    rules,
    put: async (path: string, body: unknown, headers: Record<string, string> = {}) =>
      ask('PUT', path, { body, headers }),
    origin,
    token: operatorToken,
    get: async (path: string, headers?: Record<string, string>) =>
      ask('GET', path, headers === undefined ? {} : { headers }),
    async post(path: string, body: unknown, headers: Record<string, string> = {}) {
      const answer = await ask('POST', path, { body, headers });
      await delivery.idle();
      return answer;
    },
    async close() {
      await server.stop();
      await world.close();
    },
  };
}

export type RoutingServer = Awaited<ReturnType<typeof openRoutingServer>>;
