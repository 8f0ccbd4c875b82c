import { z } from 'zod';
import { isShared } from '../directory/shared-tenant.ts';
import { as, type TenantId } from '../platform/ids.ts';
import type { LineDesk } from '../sessions/kept-lines/line-desk.ts';
import { noContent } from './answer-schemas.ts';
import { done, ok } from './api-answer.ts';
import { declaredRoutes, routeKinds } from './declared-routes.ts';
import { conditionOf } from './kept-conditions.ts';
import { lineAnswerOf, newLineName, noLine, orRefuseLine, shownLine } from './line-answers.ts';
import { conditionHeaders, lineAnswer, linesAnswer, tagHeader, verificationAnswer } from './line-schema.ts';
import { pageById } from './page-by-id.ts';
import { pageParameters } from './page-query.ts';
import { conflict } from './refusal.ts';

export interface LineRoutesOptions {
  readonly lines: LineDesk;
}

const base = '/api/v1/tenants/:tenant/lines';
const { reading, repeatable, writing } = routeKinds<LineRoutesOptions>();

/** A tenant's lines, those of the config file too. Secrets go in and never come out. */
export const lineRoutes = declaredRoutes<LineRoutesOptions>([
  reading(
    {
      method: 'get',
      path: base,
      operation: 'listLines',
      summary: 'All lines, those of the config file too',
      access: 'lines:read',
      query: pageParameters,
      answers: { 200: { description: 'A page of them, by id.', schema: linesAnswer } },
    },
    async ({ lines }, { tenant, query }) => {
      const { page, ...next } = pageById(await lines.list(tenant), ({ id }) => id, query);
      return ok({ lines: page.map(shownLine), ...next });
    },
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
      return lineAnswerOf(200, view);
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
      mustBeOfTenant(tenant);
      const line = newLineName(id);
      const { view, isNew } = await orRefuseLine(async () =>
        lines.put(tenant, line, input, conditionOf(request.headers)),
      );
      return lineAnswerOf(isNew ? 201 : 200, view);
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
      mustBeOfTenant(tenant);
      await orRefuseLine(async () => lines.remove(tenant, as(id), conditionOf(request.headers), keep(done)));
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

function mustBeOfTenant(tenant: TenantId): void {
  if (isShared(tenant)) throw conflict('Lines that tenants share are changed under /api/v1/shared-lines.');
}
