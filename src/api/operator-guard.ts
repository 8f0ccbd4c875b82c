import type { RequestHandler, Response } from 'express';
import { z } from 'zod';
import { as, tenantIdPattern, type TenantId } from '../platform/ids.ts';
import type { Logger } from '../platform/log.ts';
import { isBearer } from './bearer.ts';
import { problemOf, type Problem } from './problem.ts';
import { readBody } from './read-body.ts';
import { refuse } from './refuse.ts';

/** A request of an operator about one tenant, checked: the token is right, the tenant exists. */
export interface OperatorCall {
  readonly tenant: TenantId;
  /** The path's `:id`; empty where it has none. */
  readonly id: string;
  readonly query: URLSearchParams;
  readonly response: Response;
}

/** Thrown by an action: what the caller gets instead of an answer. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail ?? problem.title);
    this.problem = problem;
  }
}

export function notFound(detail: string): Refusal {
  return new Refusal({ status: 404, title: 'Not Found', detail });
}

export function badRequest(detail: string): Refusal {
  return new Refusal({ status: 400, title: 'Bad Request', detail });
}

export interface OperatorGuardOptions {
  readonly hasTenant: (tenant: TenantId) => boolean;
  /** Asked for as a bearer token. */
  readonly operatorToken: string;
  readonly logger: Logger;
}

/** Makes a handler of an action, for a path with `:tenant` and perhaps `:id`. `where` names it in our log. */
export type OperatorGuard = (
  where: string,
  action: (call: OperatorCall) => Promise<void>,
) => RequestHandler<Record<string, string>>;

/** No route takes a body yet; whoever has the token may send one, but no endless one. */
const maxBodyBytes = 1024 * 1024;

const pathSchema = z.object({
  tenant: z.string().regex(tenantIdPattern),
  id: z.string().min(1).max(1000).optional(),
});

export function createOperatorGuard(options: OperatorGuardOptions): OperatorGuard {
  return (where, action) => async (request, response) => {
    response.set('cache-control', 'no-store');
    try {
      if (!isBearer(request.headers.authorization, options.operatorToken)) throw unauthorised();
      const path = pathSchema.safeParse(request.params);
      const tenant = path.data?.tenant;
      if (tenant === undefined || !options.hasTenant(as(tenant))) throw notFound('There is no such tenant.');
      const body = await readBody(request, maxBodyBytes, { take: () => true });
      if (body === 'gone') return;
      if (body === 'too large') throw tooLarge();
      const [, query = ''] = request.originalUrl.split('?', 2);
      const id = path.data?.id ?? '';
      await action({ tenant: as(tenant), id, query: new URLSearchParams(query), response });
    } catch (error) {
      const problem = error instanceof Refusal ? error.problem : problemOf(error, where, options.logger);
      if (!response.destroyed) refuse(request, response, problem);
    }
  };
}

function tooLarge(): Refusal {
  return new Refusal({
    status: 413,
    title: 'Content Too Large',
    detail: `At most ${String(maxBodyBytes)} bytes are taken here.`,
  });
}

function unauthorised(): Refusal {
  return new Refusal({
    status: 401,
    title: 'Unauthorized',
    detail: 'Authorization: expected Bearer and the http.operatorToken of the config file.',
    headers: { 'www-authenticate': 'Bearer' },
  });
}
