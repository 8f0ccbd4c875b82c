import type { Request } from 'express';
import { z } from 'zod';
import { tenantKind } from '../directory/kept/kept-part.ts';
import { as, tenantIdPattern, type TenantId } from '../platform/ids.ts';
import type { DirectoryDesk } from '../sessions/kept-directory/directory-desk.ts';
import { noContent } from './answer-schemas.ts';
import { done, ok } from './api-answer.ts';
import { declaredRoutes, routeKinds } from './declared-routes.ts';
import { directoryPart, partsAnswer, partTagHeader } from './directory-schema.ts';
import { conditionOf } from './kept-conditions.ts';
import { conditionHeaders } from './line-schema.ts';
import { pageParameters } from './page-query.ts';
import { orRefusePart, partAnswer, partFound, partPage, shownPart } from './part-answers.ts';
import { notFound } from './refusal.ts';

export interface TenantRoutesOptions {
  readonly directory: Pick<DirectoryDesk, 'tenants' | 'tenant' | 'put' | 'remove'>;
}

const base = '/api/v1/tenants';
const { ofInstallation, changingInstallation } = routeKinds<TenantRoutesOptions>();
const tenantShown = { schema: directoryPart, headers: partTagHeader };

/** The tenants of the installation, for its operator only. */
export const tenantRoutes = declaredRoutes<TenantRoutesOptions>([
  ofInstallation(
    {
      method: 'get',
      path: base,
      operation: 'listTenants',
      summary: 'All tenants, those of the config file too',
      access: 'operator',
      query: pageParameters,
      answers: { 200: { description: 'A page of them, by id.', schema: partsAnswer('tenants') } },
    },
    async ({ directory }, { originalUrl }) => {
      const query = new URLSearchParams(originalUrl.split('?', 2)[1] ?? '');
      const { page, ...next } = partPage(await directory.tenants(), query);
      return ok({ tenants: page.map(shownPart), ...next });
    },
  ),
  ofInstallation(
    {
      method: 'get',
      path: `${base}/:tenant`,
      operation: 'getTenant',
      summary: 'One tenant, without what it has many of',
      access: 'operator',
      answers: { 200: { description: 'The tenant.', ...tenantShown } },
    },
    async ({ directory }, { params }) =>
      partFound(await directory.tenant(as(params['tenant'] ?? '')), 'tenant'),
  ),
  ofInstallation(
    {
      method: 'put',
      path: `${base}/:tenant`,
      operation: 'putTenant',
      summary: 'Adds a tenant or changes it, live when this answers',
      access: 'operator',
      headers: conditionHeaders,
      // The directory's own rules, which are the config file's, say what is wrong.
      body: z.unknown(),
      answers: {
        200: { description: 'It was changed.', ...tenantShown },
        201: { description: 'It was added.', ...tenantShown },
      },
      problems: [409, 412],
    },
    async ({ directory }, { params, headers }, input) => {
      const name = params['tenant'] ?? '';
      const condition = conditionOf(headers);
      const { view, isNew } = await orRefusePart('tenant', async () =>
        directory.put(as(name), { kind: tenantKind, name }, () => input, condition),
      );
      return partAnswer(view, isNew);
    },
  ),
  changingInstallation(
    {
      method: 'delete',
      path: `${base}/:tenant`,
      operation: 'removeTenant',
      summary: 'Takes a tenant away that has no lines and no open sessions, with all that was added to it',
      access: 'operator',
      headers: conditionHeaders,
      answers: { 204: noContent },
      problems: [409, 412, 422],
    },
    async ({ directory }, request, { keep }) => {
      const tenant = tenantNamed(request);
      const condition = conditionOf(request.headers);
      await orRefusePart('tenant', async () =>
        directory.remove(tenant, { kind: tenantKind, name: tenant }, condition, keep(done)),
      );
      return done;
    },
    // It may be gone when the request comes again.
    tenantNamed,
  ),
]);

/** @throws {Refusal} */
function tenantNamed({ params: { tenant = '' } }: Request<Record<string, string>>): TenantId {
  if (!tenantIdPattern.test(tenant)) throw notFound('There is no such tenant.');
  return as(tenant);
}
