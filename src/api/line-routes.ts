import { z } from 'zod';
import { InputRefused } from '../directory/kept/input-refused.ts';
import { as, tenantIdPattern, type LineId } from '../platform/ids.ts';
import { NoSecretKey } from '../secrets/key-ring.ts';
import { LineNotChanged, type LineDesk } from '../sessions/kept-lines/line-desk.ts';
import type { LineView } from '../sessions/kept-lines/line-view.ts';
import { noContent } from './answer-schemas.ts';
import { done, ok, type ApiAnswer } from './api-answer.ts';
import { unprocessable } from './checked-body.ts';
import { declaredRoutes, routeKinds } from './declared-routes.ts';
import { withIsoTimes } from './iso-times.ts';
import { conditionOf, otherThanExpected } from './kept-conditions.ts';
import { conditionHeaders, lineAnswer, linesAnswer, tagHeader, verificationAnswer } from './line-schema.ts';
import { conflict, notFound } from './refusal.ts';

export interface LineRoutesOptions {
  readonly lines: LineDesk;
}

const base = '/api/v1/tenants/:tenant/lines';
const { reading, repeatable, writing } = routeKinds<LineRoutesOptions>();
const noLine = () => notFound('There is no such line.');

/** A tenant's lines, those of the config file too. Secrets go in and never come out. */
export const lineRoutes = declaredRoutes<LineRoutesOptions>([
  reading(
    {
      method: 'get',
      path: base,
      operation: 'listLines',
      summary: 'All lines, those of the config file too',
      access: 'lines:read',
      answers: { 200: { description: 'All lines of the tenant.', schema: linesAnswer } },
    },
    async ({ lines }, { tenant }) => ok({ lines: (await lines.list(tenant)).map(shown) }),
  ),
  reading(
    {
      method: 'get',
      path: `${base}/:id`,
      operation: 'getLine',
      summary: 'One line',
      access: 'lines:read',
      answers: { 200: { description: 'The line.', schema: lineAnswer, headers: tagHeader } },
    },
    async ({ lines }, { tenant, id }) => {
      const view = await lines.get(tenant, as(id));
      if (view === undefined) throw noLine();
      return answer(200, view);
    },
  ),
  repeatable(
    {
      method: 'put',
      path: `${base}/:id`,
      operation: 'putLine',
      summary: 'Adds a line or replaces it, connected when this answers',
      access: 'lines:write',
      headers: conditionHeaders,
      // What a line must be depends on its channel: the line's own rules say what is wrong.
      body: z.unknown(),
      answers: {
        200: { description: 'It was replaced.', schema: lineAnswer, headers: tagHeader },
        201: { description: 'It was added.', schema: lineAnswer, headers: tagHeader },
      },
      problems: [409, 412],
    },
    async ({ lines }, { tenant, id, request, input }) => {
      const line = newName(id);
      const { view, isNew } = await orRefuse(async () =>
        lines.put(tenant, line, input, conditionOf(request.headers)),
      );
      return answer(isNew ? 201 : 200, view);
    },
  ),
  writing(
    {
      method: 'delete',
      path: `${base}/:id`,
      operation: 'removeLine',
      summary: 'Disconnects a line and forgets it',
      access: 'lines:write',
      headers: conditionHeaders,
      answers: { 204: noContent },
      problems: [409, 412, 422],
    },
    async ({ lines }, { tenant, id, request, keep }) => {
      await orRefuse(async () => lines.remove(tenant, as(id), conditionOf(request.headers), keep(done)));
      return done;
    },
  ),
  repeatable(
    {
      method: 'post',
      path: `${base}/:id/verify`,
      operation: 'verifyLine',
      summary: 'Asks the line’s network whether all is well',
      access: 'lines:write',
      answers: { 200: { description: 'What the network says.', schema: verificationAnswer } },
    },
    async ({ lines }, { tenant, id }) => {
      const found = await lines.verify(tenant, as(id));
      if (found === undefined) throw noLine();
      return ok(found);
    },
  ),
]);

function answer(status: number, view: LineView): ApiAnswer {
  return {
    status,
    body: shown(view),
    ...(view.tag === undefined ? {} : { headers: { etag: `"${view.tag}"` } }),
  };
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
