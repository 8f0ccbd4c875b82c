import { createIdempotency } from '../../src/api/idempotency.ts';
import { createKeyCheck } from '../../src/api/keys/key-check.ts';
import { createKeyDesk } from '../../src/api/keys/key-desk.ts';
import { KeyLimits, type KeyRates } from '../../src/api/keys/key-limits.ts';
import { shareTakings } from '../../src/api/keys/shared-takings.ts';
import { keyRoutes } from '../../src/api/keys/key-routes.ts';
import { createOperatorGuard } from '../../src/api/operator-guard.ts';
import { queueRoutes } from '../../src/api/queue-routes.ts';
import { silentLogger } from '../../src/platform/log.ts';
import { createRoutingDesk } from '../../src/sessions/routing-desk.ts';
import { openWorld } from '../sessions/world.ts';
import type { Answer } from './routing-server.ts';
import { serveHttp } from './serve-http.ts';

export const operatorToken = 'the-token-of-the-operator';
export const secondToken = 'another-token-of-the-operator';

/** Keys and queues of the tenants acme and bolt, with two requests a second for each key unless given. */
export async function openKeyServer(rates: KeyRates = { perKey: 2, operator: 1000 }) {
  const world = await openWorld();
  const { store, clock, directory, delivery } = world;
  const now = (): number => clock.now();
  const hasTenant = (tenant: Parameters<typeof directory.tenant>[0]): boolean =>
    directory.tenant(tenant) !== undefined;

  const start = async () => {
    const guard = createOperatorGuard({
      hasTenant,
      operatorToken,
      secondaryOperatorToken: secondToken,
      keys: createKeyCheck({ store, clock, logger: silentLogger, hasTenant }),
      limits: new KeyLimits(rates, { clock, logger: silentLogger, share: shareTakings(store) }),
      idempotency: createIdempotency({ store, now }),
      logger: silentLogger,
    });
    const server = await serveHttp({
      clock,
      routers: [
        keyRoutes({ keyDesk: createKeyDesk({ store, now }), logger: silentLogger, guard }),
        queueRoutes({
          routing: createRoutingDesk({ store, directory, now, accept: delivery.accept }),
          guard,
        }),
      ],
    });
    return { server, base: `${server.url}/api/v1/tenants/` };
  };
  const started = [await start()];

  const askAt = async (
    base: string,
    method: string,
    path: string,
    asking: {
      readonly token?: string;
      readonly body?: object;
      readonly headers?: Record<string, string>;
    } = {},
  ): Promise<Answer> => {
    const { token = operatorToken, body, headers = {} } = asking;
    const answer = await fetch(base + path, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    const { status, headers: given } = answer;
    return { status, headers: given, body: (text === '' ? {} : JSON.parse(text)) as Answer['body'] };
  };
  return {
    store,
    clock,
    ask: async (...asked: Parameters<typeof askAt> extends [string, ...infer Rest] ? Rest : never) =>
      askAt(started[0]?.base ?? '', ...asked),
    /** Another HTTP side on the same store. */
    async replica() {
      const other = await start();
      started.push(other);
      return {
        status: async (token: string): Promise<number> =>
          (await askAt(other.base, 'GET', 'acme/queues', { token })).status,
      };
    },
    async close() {
      for (const { server } of started) await server.stop();
      await world.close();
    },
  };
}

export type KeyServer = Awaited<ReturnType<typeof openKeyServer>>;
