import { OpenStreams } from '../../src/api/events/open-streams.ts';
import { eventStreamRoutes } from '../../src/api/events/stream-routes.ts';
import { createIdempotency } from '../../src/api/idempotency.ts';
import { createOperatorGuard } from '../../src/api/operator-guard.ts';
import { silentLogger } from '../../src/platform/log.ts';
import { eventStream } from '../../src/sessions/events/event-stream.ts';
import { EventTail } from '../../src/sessions/events/event-tail.ts';
import { openWorld } from '../sessions/world.ts';
import { serveHttp } from './serve-http.ts';

export const operatorToken = 'the-token-of-the-operator';

/** Streams of events, so many for each key, of the world of the session tests; several HTTP sides on one store where wanted. */
export async function openStreamServer(mostStreams = 100) {
  const world = await openWorld({ recordsEvents: true });
  const { store, clock, directory } = world;
  const logger = silentLogger;
  const start = async () => {
    const streams = new OpenStreams(mostStreams);
    const tail = new EventTail({ store, clock, logger });
    const guard = createOperatorGuard({
      hasTenant: (tenant) => directory.tenant(tenant) !== undefined,
      operatorToken,
      idempotency: createIdempotency({ store, now: () => clock.now() }),
      logger,
    });
    const server = await serveHttp({
      clock,
      routers: [
        eventStreamRoutes({
          guard,
          streams,
          logger,
          events: {
            use: async () => undefined,
            stream: (tenant, wanted) => eventStream({ store, tail }, tenant, wanted),
          },
        }),
      ],
    });
    return { server, streams, base: `${server.url}/api/v1/tenants/` };
  };
  const started = [await start()];
  const base = (replica: number): string => started[replica]?.base ?? '';
  return {
    world,
    base,
    addReplica: async () => started.push(await start()),
    raw: async (path: string) =>
      fetch(base(0) + path, { headers: { authorization: `Bearer ${operatorToken}` } }),
    async close() {
      for (const { server, streams } of started) {
        streams.stop();
        await server.stop();
      }
      await world.close();
    },
  };
}

export type StreamServer = Awaited<ReturnType<typeof openStreamServer>>;
