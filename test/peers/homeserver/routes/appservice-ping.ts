import { z } from 'zod';
import { forbidden, Refused } from '../matrix-failure.ts';
import { at, bodyOf, route, type Route } from '../route.ts';

/** `POST /appservice/{id}/ping` (source: rest/client/appservice_ping.py). */
export function appservicePingRoutes(): Route[] {
  return [
    route('POST', '/_matrix/client/v1/appservice/:id/ping', async (call) => {
      const { world, requester } = call;
      if (requester.appservice === undefined)
        throw forbidden('Only application services can use the /appservice/ping endpoint');
      if (requester.appservice.id !== at(call, 0))
        throw forbidden('Mismatching application service ID in path');
      const push = world.pushes.find(({ registration }) => registration === requester.appservice);
      if (push === undefined || requester.appservice.url === null)
        throw new Refused(400, 'M_URL_NOT_SET', 'The application service does not have a URL set');
      const { transaction_id } = bodyOf(call, z.object({ transaction_id: z.string().optional() }));
      const began = performance.now();
      const outcome = await push.ping(transaction_id);
      if (outcome === 'timeout') throw new Refused(504, 'M_CONNECTION_TIMEOUT', 'Timeout');
      if (outcome === 'failed') throw new Refused(502, 'M_CONNECTION_FAILED', 'Connection failed');
      if (outcome.status < 200 || outcome.status > 299)
        throw new Refused(502, 'M_BAD_STATUS', `HTTP ${outcome.status}`, {
          status: outcome.status,
          body: outcome.body,
        });
      return { duration_ms: Math.round(performance.now() - began) };
    }),
  ];
}
