import { Router } from 'express';
import { tenantKind } from '../directory/kept/kept-part.ts';
import { as } from '../platform/ids.ts';
import type { DirectoryDesk } from '../sessions/kept-directory/directory-desk.ts';
import { done, sendAnswer } from './api-answer.ts';
import { conditionOf } from './kept-conditions.ts';
import type { OperatorGuard } from './operator-guard.ts';
import { headersOf, orRefusePart, partAnswer, partPage, shownPart } from './part-answers.ts';
import { readJson } from './read-json.ts';
import { notFound } from './refusal.ts';

export interface TenantRoutesOptions {
  readonly directory: Pick<DirectoryDesk, 'tenants' | 'tenant' | 'put' | 'remove'>;
  readonly guard: OperatorGuard;
}

const base = '/api/v1/tenants';

/**
 * The tenants of the installation. `GET` lists them, those of the config file too; `PUT /{id}` adds one or changes it, live when it
 * answers; `DELETE /{id}` takes one away that has no lines and no open sessions, with all that was added to it.
 */
export function tenantRoutes({ directory, guard }: TenantRoutesOptions): Router {
  const router = Router({ caseSensitive: true, strict: true });

  router.get(
    base,
    guard.installation(base, async ({ originalUrl }, response) => {
      const query = new URLSearchParams(originalUrl.split('?', 2)[1] ?? '');
      const { page, ...next } = partPage(await directory.tenants(), query);
      response.json({ tenants: page.map(shownPart), ...next });
    }),
  );
  router.get(
    `${base}/:tenant`,
    guard.installation(base, async ({ params }, response) => {
      const view = await directory.tenant(as(params['tenant'] ?? ''));
      if (view === undefined) throw notFound('There is no such tenant.');
      response.set(headersOf(view)).json(shownPart(view));
    }),
  );
  router.put(
    `${base}/:tenant`,
    guard.installation(base, async (request, response) => {
      const name = request.params['tenant'] ?? '';
      const input = await readJson(request);
      const condition = conditionOf(request.headers);
      const { view, isNew } = await orRefusePart('tenant', async () =>
        directory.put(as(name), { kind: tenantKind, name }, () => input, condition),
      );
      sendAnswer(response, partAnswer(view, isNew));
    }),
  );
  router.delete(
    `${base}/:tenant`,
    guard.write(base, async ({ tenant, request, keep }) => {
      const condition = conditionOf(request.headers);
      await orRefusePart('tenant', async () =>
        directory.remove(tenant, { kind: tenantKind, name: tenant }, condition, keep(done)),
      );
      return done;
    }),
  );
  return router;
}
