import { Router } from 'express';
import type { Registry } from 'prom-client';
import type { Logger } from '../platform/log.ts';
import { isBearer } from './bearer.ts';
import { problemOf, sendProblem, type Problem } from './problem.ts';

/** One thing that must be so before requests are sent here. Its name is shown to anybody who asks. */
export interface ReadinessCheck {
  readonly name: string;
  /** Only told: requests can be taken without it. Default false. */
  readonly isAdvisory?: boolean;
  /** Rejecting, or no answer within 2 s, means not ready. */
  isReady(): boolean | Promise<boolean>;
}

export interface OperatorRoutesOptions {
  readonly checks: readonly ReadinessCheck[];
  readonly registry: Registry;
  /** Asked for by `/metrics`, as a bearer token. */
  readonly metricsToken?: string;
  readonly isStopping: () => boolean;
  readonly logger: Logger;
}

const checkTimeoutMs = 2000;
const unauthorised: Problem = {
  status: 401,
  title: 'Unauthorized',
  headers: { 'www-authenticate': 'Bearer realm="metrics"' },
};

/** `/health`: the process lives. `/ready`: it can take requests. `/metrics`: for Prometheus. */
export function operatorRoutes(options: OperatorRoutesOptions): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router.get('/health', (_, response) => {
    response.set('cache-control', 'no-store').json({ status: 'alive' });
  });

  router.get('/ready', async (_, response) => {
    const states = await Promise.all(
      options.checks.map(async (check) => ({
        name: check.name,
        isAdvisory: check.isAdvisory ?? false,
        holds: await holds(check),
      })),
    );
    const stopping = options.isStopping();
    const ready = !stopping && states.every((state) => state.holds || state.isAdvisory);
    const checks = states.map(({ name, holds: isReady }) => [name, isReady ? 'ready' : 'not ready'] as const);
    response
      .status(ready ? 200 : 503)
      .set('cache-control', 'no-store')
      .json({
        status: ready ? 'ready' : 'not ready',
        checks: Object.fromEntries([...checks, ...(stopping ? [['process', 'stopping'] as const] : [])]),
      });
  });

  router.get('/metrics', async (request, response) => {
    if (
      options.metricsToken !== undefined &&
      !isBearer(request.headers.authorization, options.metricsToken)
    ) {
      sendProblem(response, unauthorised);
      return;
    }
    try {
      const text = await options.registry.metrics();
      response.set({ 'content-type': options.registry.contentType, 'cache-control': 'no-store' }).end(text);
    } catch (error) {
      sendProblem(response, problemOf(error, '/metrics', options.logger));
    }
  });
  return router;
}

async function holds(check: ReadinessCheck): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), checkTimeoutMs);
  try {
    return await Promise.race([check.isReady(), promise]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
