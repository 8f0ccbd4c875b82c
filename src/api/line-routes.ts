import { Router, type Response } from 'express';
import { InputRefused } from '../directory/kept/input-refused.ts';
import { as, tenantIdPattern, type LineId } from '../platform/ids.ts';
import { NoSecretKey } from '../secrets/key-ring.ts';
import { LineNotChanged, type LineDesk } from '../sessions/kept-lines/line-desk.ts';
import type { LineView } from '../sessions/kept-lines/line-view.ts';
import { withIsoTimes } from './iso-times.ts';
import { done } from './api-answer.ts';
import { unprocessable } from './checked-body.ts';
import { conditionOf, otherThanExpected } from './kept-conditions.ts';
import type { OperatorGuard } from './operator-guard.ts';
import { conflict, notFound } from './refusal.ts';
import { readJson } from './read-json.ts';

export interface LineRoutesOptions {
  readonly lines: LineDesk;
  readonly guard: OperatorGuard;
}

const base = '/api/v1/tenants/:tenant/lines';

/**
 * A tenant's lines. `GET` lists them, those of the config file too; `PUT /{id}` adds one or replaces it, connected when it answers;
 * `DELETE /{id}` disconnects it; `POST /{id}/verify` asks its network. Secrets go in and never come out.
 */
export function lineRoutes({ lines, guard }: LineRoutesOptions): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const noLine = () => notFound('There is no such line.');

  router.get(
    base,
    guard.read(base, async ({ tenant, response }) => {
      const views = await lines.list(tenant);
      response.json({ lines: views.map(shown) });
    }),
  );
  router.get(
    `${base}/:id`,
    guard.read(base, async ({ tenant, id, response }) => {
      const view = await lines.get(tenant, as(id));
      if (view === undefined) throw noLine();
      answer(response, view);
    }),
  );
  router.put(
    `${base}/:id`,
    guard.repeatable(base, async ({ tenant, id, request, response }) => {
      const line = newName(id);
      const input = await readJson(request);
      const { view, isNew } = await orRefuse(async () =>
        lines.put(tenant, line, input, conditionOf(request.headers)),
      );
      answer(response.status(isNew ? 201 : 200), view);
    }),
  );
  router.delete(
    `${base}/:id`,
    guard.write(base, async ({ tenant, id, request, keep }) => {
      await orRefuse(async () => lines.remove(tenant, as(id), conditionOf(request.headers), keep(done)));
      return done;
    }),
  );
  router.post(
    `${base}/:id/verify`,
    guard.repeatable(base, async ({ tenant, id, response }) => {
      const found = await lines.verify(tenant, as(id));
      if (found === undefined) throw noLine();
      response.json(found);
    }),
  );
  return router;
}

function answer(response: Response, view: LineView): void {
  if (view.tag !== undefined) response.set('etag', `"${view.tag}"`);
  response.json(shown(view));
}

function shown({ tag: _tag, formerSecretsUntil, ...view }: LineView): object {
  const until =
    formerSecretsUntil === undefined
      ? {}
      : { formerSecretsUntil: new Date(formerSecretsUntil).toISOString() };
  return { ...withIsoTimes(view), ...until };
}

function newName(id: string): LineId {
  if (tenantIdPattern.test(id)) return as(id);
  throw unprocessable([
    { path: 'line', found: 'another name', expected: 'lower-case letters, digits and hyphens, at most 32' },
  ]);
}

async function orRefuse<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof InputRefused) throw unprocessable(error.problems);
    if (error instanceof NoSecretKey) throw conflict(error.message);
    if (!(error instanceof LineNotChanged)) throw error;
    switch (error.outcome) {
      case 'no such line':
        throw notFound('There is no such line.');
      case 'declared in the config file':
        throw conflict(
          'The line is declared in the config file: change it there, or take it out of there first.',
        );
      case 'other than expected':
        throw otherThanExpected('The line');
    }
  }
}
