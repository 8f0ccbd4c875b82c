import { z } from 'zod';
import { sharedTenantId } from '../directory/shared-tenant.ts';
import { as } from '../platform/ids.ts';
import type { LineView } from '../sessions/kept-lines/line-view.ts';
import { noContent } from './answer-schemas.ts';
import { done, ok, type ApiAnswer } from './api-answer.ts';
import { declaredRoutes, routeKinds } from './declared-routes.ts';
import { conditionOf } from './kept-conditions.ts';
import { lineAnswerOf, newLineName, noLine, orRefuseLine, shownLine } from './line-answers.ts';
import type { LineRoutesOptions } from './line-routes.ts';
import {
  conditionHeaders,
  sharedLineAnswer,
  sharedLinesAnswer,
  tagHeader,
  verificationAnswer,
} from './line-schema.ts';
import { pageById } from './page-by-id.ts';
import { pageParameters } from './page-query.ts';

const base = '/api/v1/shared-lines';
const { ofInstallation, changingInstallation } = routeKinds<LineRoutesOptions>();
const line = { schema: sharedLineAnswer, headers: tagHeader };

/** The lines that tenants share, those of the config file too, for the operator: no tenant owns one. */
export const sharedLineRoutes = declaredRoutes<LineRoutesOptions>([
  ofInstallation(
    {
      method: 'get',
      path: base,
      operation: 'listInstallationLines',
      summary: 'All lines that tenants share, those of the config file too',
      access: 'operator',
      query: pageParameters,
      answers: { 200: { description: 'A page of them, by id.', schema: sharedLinesAnswer } },
    },
    async ({ lines }, { originalUrl }) => {
      const query = new URLSearchParams(originalUrl.split('?', 2)[1] ?? '');
      const { page, ...next } = pageById(await lines.list(sharedTenantId), ({ id }) => id, query);
      return ok({ lines: page.map(shown), ...next });
    },
  ),
  ofInstallation(
    {
      method: 'get',
      path: `${base}/:id`,
      operation: 'getInstallationLine',
      summary: 'One line that tenants share',
      access: 'operator',
      answers: { 200: { description: 'The line.', ...line } },
    },
    async ({ lines }, { params }) => {
      const view = await lines.get(sharedTenantId, as(params['id'] ?? ''));
      if (view === undefined) throw noLine();
      return answer(200, view);
    },
  ),
  ofInstallation(
    {
      method: 'put',
      path: `${base}/:id`,
      operation: 'putInstallationLine',
      summary: 'Adds a line that tenants can share or replaces it, connected when this answers',
      access: 'operator',
      headers: conditionHeaders,
      // What a line must be depends on its channel: the line's own rules say what is wrong.
      body: z.unknown(),
      answers: {
        200: { description: 'It was replaced.', ...line },
        201: { description: 'It was added.', ...line },
      },
      problems: [409, 412],
    },
    async ({ lines }, { params, headers }, input) => {
      const id = newLineName(params['id'] ?? '');
      const { view, isNew } = await orRefuseLine(async () =>
        lines.put(sharedTenantId, id, input, conditionOf(headers)),
      );
      return answer(isNew ? 201 : 200, view);
    },
  ),
  changingInstallation(
    {
      method: 'delete',
      path: `${base}/:id`,
      operation: 'removeInstallationLine',
      summary: 'Disconnects a line that no tenant shares any more, and forgets it',
      access: 'operator',
      headers: conditionHeaders,
      answers: { 204: noContent },
      problems: [409, 412, 422],
    },
    async ({ lines }, { params, headers }, { keep }) => {
      const id = as<never>(params['id'] ?? '');
      await orRefuseLine(async () => lines.remove(sharedTenantId, id, conditionOf(headers), keep(done)));
      return done;
    },
  ),
  ofInstallation(
    {
      method: 'post',
      path: `${base}/:id/verify`,
      operation: 'verifyInstallationLine',
      summary: 'Asks the line’s network whether all is well',
      access: 'operator',
      answers: { 200: { description: 'What the network says.', schema: verificationAnswer } },
    },
    async ({ lines }, { params }) => {
      const found = await lines.verify(sharedTenantId, as(params['id'] ?? ''));
      if (found === undefined) throw noLine();
      return ok(found);
    },
  ),
]);

function answer(status: number, view: LineView): ApiAnswer {
  return { ...lineAnswerOf(status, view), body: shown(view) };
}

/** Each tenant that shares it has a queue of its own for it. */
function shown(view: LineView): object {
  return Object.fromEntries(Object.entries(shownLine(view)).filter(([field]) => field !== 'queue'));
}
