import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import { as, tenantIdPattern, type TenantId } from '../platform/ids.ts';
import type { Logger } from '../platform/log.ts';
import { sendAnswer, type ApiAnswer } from './api-answer.ts';
import { BodyMemory } from './body-memory.ts';
import type { Caller } from './caller.ts';
import { createDoor, type DoorOptions } from './door.ts';
import type { Idempotency, Keep } from './idempotency.ts';
import { overloaded, problemOf, sendProblem } from './problem.ts';
import { readBody } from './read-body.ts';
import { notFound, Refusal } from './refusal.ts';
import { refuse } from './refuse.ts';
import type { Access } from './scopes.ts';

/** A request about one tenant, checked: whoever sent it may, the tenant exists. */
export interface OperatorCall {
  readonly tenant: TenantId;
  readonly caller: Caller;
  /** The path's `:id`; empty where it has none. */
  readonly id: string;
  readonly query: URLSearchParams;
  readonly request: Request<Record<string, string>>;
}

export interface OperatorGuardOptions extends DoorOptions {
  readonly hasTenant: (tenant: TenantId) => boolean;
  readonly idempotency: Idempotency;
  readonly logger: Logger;
}

type Handler = RequestHandler<Record<string, string>>;

type Answering = (call: OperatorCall & { readonly response: Response }) => Promise<void>;

export interface GivenOnce {
  readonly body: Buffer;
  /** Belongs into the commit of what the action does. */
  readonly keep: Keep;
}

/**
 * Makes handlers of actions, for a path with `:tenant` and perhaps `:id`. `where` names it in our log. Only the operator may call what has
 * no `access`.
 */
export interface OperatorGuard {
  read(where: string, action: Answering, access?: Access): Handler;
  /** What may come again as it is, with the same effect (PUT), or has none on our side. */
  repeatable(where: string, action: Answering, access?: Access): Handler;
  /** About no tenant. */
  installation(
    where: string,
    action: (request: Request<Record<string, string>>, response: Response) => Promise<void>,
  ): Handler;
  /** The same, of what changes something. `ownerOf`: in whose records the effect is, and so the answer that is given again. */
  installationWrite(
    where: string,
    ownerOf: (request: Request<Record<string, string>>) => TenantId,
    action: (request: Request<Record<string, string>>, given: GivenOnce) => Promise<ApiAnswer>,
  ): Handler;
  /** Every route that changes something. What the action answers is given again when the request comes again under the same key. */
  write(
    where: string,
    action: (call: OperatorCall & GivenOnce) => Promise<ApiAnswer>,
    access?: Access,
  ): Handler;
}

const longestBody = 1024 * 1024;
const bodiesAtOnce = 16 * 1024 * 1024;

const pathSchema = z.object({
  tenant: z.string().regex(tenantIdPattern),
  id: z.string().min(1).max(1000).optional(),
});

export function createOperatorGuard(options: OperatorGuardOptions): OperatorGuard {
  const bodies = new BodyMemory(bodiesAtOnce, bodiesAtOnce);
  const door = createDoor(options);

  const checked = async (
    request: Request<Record<string, string>>,
    response: Response,
    access: Access,
  ): Promise<OperatorCall> => {
    const caller = await door.callerOf(request, response);
    const path = pathSchema.safeParse(request.params);
    const tenant = path.data?.tenant;
    if (tenant === undefined || !options.hasTenant(as(tenant))) throw noTenant();
    // Not 403: a key is not to learn which tenants there are.
    if (caller.kind === 'key' && caller.tenant !== tenant) throw noTenant();
    door.mustMay(caller, access);
    const [, query = ''] = request.originalUrl.split('?', 2);
    return {
      tenant: as(tenant),
      caller,
      id: path.data?.id ?? '',
      query: new URLSearchParams(query),
      request,
    };
  };

  const guarded =
    (where: string, handle: (...args: Parameters<Handler>) => Promise<void>): Handler =>
    async (request, response, next) => {
      response.set('cache-control', 'no-store');
      try {
        await handle(request, response, next);
      } catch (error) {
        const problem = error instanceof Refusal ? error.problem : problemOf(error, where, options.logger);
        if (response.destroyed) return;
        if (request.method === 'GET') sendProblem(response, problem);
        else refuse(request, response, problem);
      }
    };

  const answering = (where: string, action: Answering, access: Access): Handler =>
    guarded(where, async (request, response) => {
      await action({ ...(await checked(request, response, access)), response });
    });

  const answerOnce = async (
    request: Request<Record<string, string>>,
    response: Response,
    tenant: TenantId,
    action: (given: GivenOnce) => Promise<ApiAnswer>,
  ): Promise<void> => {
    const held = bodies.of('operator');
    response.once('close', () => {
      held.release();
    });
    const body = await readBody(request, longestBody, held);
    if (body === 'gone') {
      response.destroy();
      return;
    }
    if (body === 'too large') throw tooLarge();
    if (body === 'no room') throw new Refusal(overloaded('Too much is under way. Please try again.', 1));
    const { method, originalUrl: path } = request;
    const key = request.get('idempotency-key');
    const asked = { tenant, key, method, path, body };
    sendAnswer(response, await options.idempotency.once(asked, async (keep) => action({ body, keep })));
  };

  return {
    read: (where, action, access = 'operator') =>
      answering(
        where,
        async (call) => {
          // Nobody needs one here; whoever has the token may send one, but no endless one.
          const body = await readBody(call.request, longestBody, { take: () => true });
          if (body === 'gone') return;
          if (body === 'too large') throw tooLarge();
          await action(call);
        },
        access,
      ),
    repeatable: (where, action, access = 'operator') => answering(where, action, access),
    installation: (where, action) =>
      guarded(where, async (request, response) => {
        door.mustMay(await door.callerOf(request, response), 'operator');
        await action(request, response);
      }),
    installationWrite: (where, ownerOf, action) =>
      guarded(where, async (request, response) => {
        door.mustMay(await door.callerOf(request, response), 'operator');
        const owner = ownerOf(request);
        await answerOnce(request, response, owner, async (given) => action(request, given));
      }),
    write: (where, action, access = 'operator') =>
      guarded(where, async (request, response) => {
        const call = await checked(request, response, access);
        await answerOnce(request, response, call.tenant, async (given) => action({ ...call, ...given }));
      }),
  };
}

function noTenant(): Refusal {
  return notFound('There is no such tenant.');
}

function tooLarge(): Refusal {
  return new Refusal({
    status: 413,
    title: 'Content Too Large',
    detail: `The body may have ${longestBody} bytes.`,
  });
}
