import { Router, type Request, type RequestHandler } from 'express';
import type { z } from 'zod';
import { sharedTenantId } from '../directory/shared-tenant.ts';
import type { TenantId } from '../platform/ids.ts';
import { sendAnswer, type ApiAnswer } from './api-answer.ts';
import { checkedBody } from './checked-body.ts';
import type { Keep } from './idempotency.ts';
import type { OperatorCall, OperatorGuard } from './operator-guard.ts';
import { jsonOf, readJson } from './read-json.ts';
import type { RouteDeclaration } from './route-declaration.ts';

type Declared<Body extends z.ZodType> = Omit<RouteDeclaration<Body>, 'takesKey'>;

/** A declaration with what answers to it. `Parts`: what it needs, given when it is registered. */
export interface Route<Parts> {
  readonly declaration: RouteDeclaration;
  readonly handler: (guard: OperatorGuard, parts: Parts) => RequestHandler<Record<string, string>>;
}

/** A call whose body fits its schema. */
type Checked<Body extends z.ZodType> = OperatorCall & { readonly input: z.output<Body> };

/** Routes in the manners of the guard, for declarations that answer out of `Parts`. */
export function routeKinds<Parts>() {
  return {
    reading: (
      declaration: Declared<z.ZodType>,
      action: (parts: Parts, call: OperatorCall) => Promise<ApiAnswer>,
    ): Route<Parts> => ({
      declaration,
      handler: (guard, parts) =>
        guard.read(
          declaration.path,
          async (call) => sendAnswer(call.response, await action(parts, call)),
          declaration.access,
        ),
    }),
    /** What may come again as it is, with the same effect (PUT), or has none on our side. */
    repeatable: <Body extends z.ZodType>(
      declaration: Declared<Body>,
      action: (parts: Parts, call: Checked<Body>) => Promise<ApiAnswer>,
    ): Route<Parts> => ({
      declaration,
      handler: (guard, parts) =>
        guard.repeatable(
          declaration.path,
          async (call) => {
            const { body } = declaration;
            const input = body && checkedBody(body, await readJson(call.request));
            sendAnswer(call.response, await action(parts, { ...call, input: input as z.output<Body> }));
          },
          declaration.access,
        ),
    }),
    /** Every route that changes something. */
    writing: <Body extends z.ZodType>(
      declaration: Declared<Body>,
      action: (parts: Parts, call: Checked<Body> & { readonly keep: Keep }) => Promise<ApiAnswer>,
    ): Route<Parts> => ({
      declaration: { ...declaration, takesKey: true },
      handler: (guard, parts) =>
        guard.write(
          declaration.path,
          async (call) => {
            const { body } = declaration;
            const input = body && checkedBody(body, jsonOf(call.request, call.body));
            return action(parts, { ...call, input: input as z.output<Body> });
          },
          declaration.access,
        ),
    }),
    /** About no tenant, or one that need not be there yet. */
    ofInstallation: <Body extends z.ZodType>(
      declaration: Declared<Body>,
      action: (
        parts: Parts,
        request: Request<Record<string, string>>,
        input: z.output<Body>,
      ) => Promise<ApiAnswer>,
    ): Route<Parts> => ({
      declaration,
      handler: (guard, parts) =>
        guard.installation(declaration.path, async (request, response) => {
          const { body } = declaration;
          const input = body && checkedBody(body, await readJson(request));
          sendAnswer(response, await action(parts, request, input as z.output<Body>));
        }),
    }),
    /** What changes something of these. `ownerOf`: in whose records; unless given, in those of all tenants together. */
    changingInstallation: <Body extends z.ZodType>(
      declaration: Declared<Body>,
      action: (
        parts: Parts,
        request: Request<Record<string, string>>,
        given: { readonly input: z.output<Body>; readonly keep: Keep },
      ) => Promise<ApiAnswer>,
      ownerOf: (request: Request<Record<string, string>>) => TenantId = () => sharedTenantId,
    ): Route<Parts> => ({
      declaration: { ...declaration, takesKey: true },
      handler: (guard, parts) =>
        guard.installationWrite(declaration.path, ownerOf, async (request, { body: bytes, keep }) => {
          const { body } = declaration;
          const input = body && checkedBody(body, jsonOf(request, bytes));
          return action(parts, request, { input: input as z.output<Body>, keep });
        }),
    }),
  };
}

/** Makes the router of some routes, and tells their declarations without making it. */
export interface DeclaredRoutes<Parts> {
  (parts: Parts & { readonly guard: OperatorGuard }): Router;
  readonly declarations: readonly RouteDeclaration[];
}

export function declaredRoutes<Parts>(routes: readonly Route<Parts>[]): DeclaredRoutes<Parts> {
  const routerOf = (parts: Parts & { readonly guard: OperatorGuard }): Router => {
    const router = Router({ caseSensitive: true, strict: true });
    for (const { declaration, handler } of routes)
      router[declaration.method](declaration.path, handler(parts.guard, parts));
    return router;
  };
  return Object.assign(routerOf, { declarations: routes.map(({ declaration }) => declaration) });
}
