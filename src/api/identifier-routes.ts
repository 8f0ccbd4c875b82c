import { Router } from 'express';
import type { Directory } from '../directory/directory.ts';
import { identifierKinds, normaliseIdentifier } from '../directory/identifiers/identifier.ts';
import type { DirectoryDesk } from '../sessions/kept-directory/directory-desk.ts';
import type { DirectoryRules } from '../sessions/kept-directory/directory-rules.ts';
import type { PartView } from '../sessions/kept-directory/part-view.ts';
import { done, type ApiAnswer } from './api-answer.ts';
import { conditionOf } from './kept-conditions.ts';
import type { OperatorGuard } from './operator-guard.ts';
import { headersOf, orRefusePart, partAnswer, partPage, shownPart } from './part-answers.ts';
import { jsonOf } from './read-json.ts';
import { badRequest, notFound } from './refusal.ts';

export interface IdentifierRoutesOptions {
  readonly directory: Pick<DirectoryDesk, 'list' | 'get' | 'put' | 'remove'>;
  readonly identifiers: Pick<Directory, 'resolve'>;
  readonly nameOf: DirectoryRules['nameOf'];
  readonly guard: OperatorGuard;
}

const base = '/api/v1/tenants/:tenant/identifiers';
const resolve = '/api/v1/directory/resolve';
const kind = 'identifiers';
const one = 'identifier';

/**
 * Names under which customers reach a tenant or a service of it: `GET` lists them, `POST` adds one, `DELETE /{id}` takes one away.
 * `GET /directory/resolve?identifier=` tells whose one is, in whichever way it is written.
 */
export function identifierRoutes(options: IdentifierRoutesOptions): Router {
  const { directory, identifiers, nameOf, guard } = options;
  const router = Router({ caseSensitive: true, strict: true });

  router.get(
    base,
    guard.read(base, async ({ tenant, query, response }) => {
      const { page, ...next } = partPage((await directory.list(tenant, kind)) ?? [], query);
      response.json({ identifiers: page.map(shownPart), ...next });
    }),
  );
  router.get(
    `${base}/:id`,
    guard.read(base, async ({ tenant, id, response }) => {
      const view = await directory.get(tenant, kind, id);
      if (view === undefined) throw notFound('There is no such identifier.');
      response.set(headersOf(view)).json(shownPart(view));
    }),
  );
  router.post(
    base,
    guard.write(base, async ({ tenant, request, body, keep }) => {
      const input = jsonOf(request, body);
      const answer = (view: PartView, isNew: boolean): ApiAnswer => partAnswer(view, isNew);
      const { view, isNew } = await orRefusePart(one, async () =>
        directory.put(
          tenant,
          { kind, name: nameOf(kind, input) },
          () => input,
          conditionOf(request.headers),
          (made, isMade) => keep(answer(made, isMade)),
        ),
      );
      return answer(view, isNew);
    }),
  );
  router.delete(
    `${base}/:id`,
    guard.write(base, async ({ tenant, id, request, keep }) => {
      const condition = conditionOf(request.headers);
      await orRefusePart(one, async () =>
        directory.remove(tenant, { kind, name: id }, condition, keep(done)),
      );
      return done;
    }),
  );
  router.get(
    resolve,
    guard.installation(resolve, async ({ originalUrl }, response) => {
      const query = new URLSearchParams(originalUrl.split('?', 2)[1] ?? '');
      const written = query.get('identifier') ?? '';
      if (written.trim() === '' || written.length > 2000)
        throw badRequest('identifier: expected a text of 1 to 2000 characters.');
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
      response.json({ outcome: found.outcome, owners, readAs: forms });
    }),
  );
  return router;
}
