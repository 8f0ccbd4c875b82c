import { z } from 'zod';
import type { Directory } from '../directory/directory.ts';
import { identifierKinds, normaliseIdentifier } from '../directory/identifiers/identifier.ts';
import type { DirectoryDesk } from '../sessions/kept-directory/directory-desk.ts';
import type { DirectoryRules } from '../sessions/kept-directory/directory-rules.ts';
import { noContent } from './answer-schemas.ts';
import { done, ok } from './api-answer.ts';
import { declaredRoutes, routeKinds } from './declared-routes.ts';
import { directoryPart, partsAnswer, partTagHeader, resolveAnswer } from './directory-schema.ts';
import { conditionOf } from './kept-conditions.ts';
import { conditionHeaders } from './line-schema.ts';
import { pageParameters } from './page-query.ts';
import { orRefusePart, partAnswer, partFound, partPage, shownPart } from './part-answers.ts';
import { badRequest } from './refusal.ts';

export interface IdentifierRoutesOptions {
  readonly directory: Pick<DirectoryDesk, 'list' | 'get' | 'put' | 'remove'>;
  readonly identifiers: Pick<Directory, 'resolve'>;
  readonly nameOf: DirectoryRules['nameOf'];
}

const base = '/api/v1/tenants/:tenant/identifiers';
const kind = 'identifiers';
const one = 'identifier';
const longest = 2000;
const { reading, writing, ofInstallation } = routeKinds<IdentifierRoutesOptions>();
const identifierShown = { schema: directoryPart, headers: partTagHeader };

/** Names under which customers reach a tenant or a service of it; and whose one is, in whichever way it is written. */
export const identifierRoutes = declaredRoutes<IdentifierRoutesOptions>([
  reading(
    {
      method: 'get',
      path: base,
      operation: 'listIdentifiers',
      summary: 'Names under which customers reach the tenant or a service of it',
      access: 'directory:read',
      query: pageParameters,
      answers: { 200: { description: 'A page of them, by id.', schema: partsAnswer(kind) } },
    },
    async ({ directory }, { tenant, query }) => {
      const { page, ...next } = partPage((await directory.list(tenant, kind)) ?? [], query);
      return ok({ identifiers: page.map(shownPart), ...next });
    },
  ),
  reading(
    {
      method: 'get',
      path: `${base}/:id`,
      operation: 'getIdentifier',
      summary: 'One identifier',
      access: 'directory:read',
      answers: { 200: { description: 'The identifier.', ...identifierShown } },
    },
    async ({ directory }, { tenant, id }) => partFound(await directory.get(tenant, kind, id), one),
  ),
  writing(
    {
      method: 'post',
      path: base,
      operation: 'addIdentifier',
      summary: 'Adds an identifier; its id is made of what it says',
      access: 'directory:write',
      headers: conditionHeaders,
      // The directory's own rules, which are the config file's, say what is wrong.
      body: z.unknown(),
      answers: {
        200: { description: 'It was there already.', ...identifierShown },
        201: { description: 'It was added.', ...identifierShown },
      },
      problems: [409, 412],
    },
    async ({ directory, nameOf }, { tenant, request, input, keep }) => {
      const { view, isNew } = await orRefusePart(one, async () =>
        directory.put(
          tenant,
          { kind, name: nameOf(kind, input) },
          () => input,
          conditionOf(request.headers),
          (made, isMade) => keep(partAnswer(made, isMade)),
        ),
      );
      return partAnswer(view, isNew);
    },
  ),
  writing(
    {
      method: 'delete',
      path: `${base}/:id`,
      operation: 'removeIdentifier',
      summary: 'Takes an identifier away',
      access: 'directory:write',
      headers: conditionHeaders,
      answers: { 204: noContent },
      problems: [409, 412, 422],
    },
    async ({ directory }, { tenant, id, request, keep }) => {
      const condition = conditionOf(request.headers);
      await orRefusePart(one, async () =>
        directory.remove(tenant, { kind, name: id }, condition, keep(done)),
      );
      return done;
    },
  ),
  ofInstallation(
    {
      method: 'get',
      path: '/api/v1/directory/resolve',
      operation: 'resolveIdentifier',
      summary: 'Whose an identifier is, in whichever way it is written',
      access: 'operator',
      query: {
        identifier: { description: 'As somebody writes it.', schema: z.string().min(1).max(longest) },
      },
      answers: { 200: { description: 'Whose it is.', schema: resolveAnswer } },
    },
    async ({ identifiers }, { originalUrl }) => {
      const query = new URLSearchParams(originalUrl.split('?', 2)[1] ?? '');
      const written = query.get('identifier') ?? '';
      if (written.trim() === '' || written.length > longest)
        throw badRequest(`identifier: expected a text of 1 to ${String(longest)} characters.`);
      const found = identifiers.resolve(written);
      const forms = identifierKinds.flatMap((each) => {
        const normal = normaliseIdentifier(each, written);
        return normal === undefined ? [] : [{ kind: each, normalised: normal }];
      });
      const owners =
        found.outcome === 'hit'
          ? [{ tenant: found.tenant, ...(found.service === undefined ? {} : { service: found.service }) }]
          : found.outcome === 'ambiguous'
            ? found.owners
            : [];
      return ok({ outcome: found.outcome, owners, readAs: forms });
    },
  ),
]);
