import { Router } from 'express';
import type { DirectoryDesk } from '../sessions/kept-directory/directory-desk.ts';
import { done, sendAnswer } from './api-answer.ts';
import { conditionOf } from './kept-conditions.ts';
import type { OperatorGuard } from './operator-guard.ts';
import { headersOf, orRefusePart, partAnswer, partPage, shownPart } from './part-answers.ts';
import { readJson } from './read-json.ts';
import { notFound } from './refusal.ts';

/** What a tenant has many of, by name. */
export interface PartKind {
  /** As the path says: `services`. */
  readonly kind: string;
  /** One of them: `service`. */
  readonly one: string;
  /** Reading has routes of its own. */
  readonly isReadElsewhere?: boolean;
}

/** Kinds that have no routes beyond these; a kind of the directory that is added gets its REST by a line here. */
export const partKinds: readonly PartKind[] = [
  { kind: 'agents', one: 'agent', isReadElsewhere: true },
  { kind: 'services', one: 'service' },
  { kind: 'calendars', one: 'calendar' },
  { kind: 'texts', one: 'set of texts' },
  { kind: 'shared-lines', one: 'shared line' },
];

export interface PartRoutesOptions {
  readonly directory: DirectoryDesk;
  readonly guard: OperatorGuard;
}

/**
 * A kind of part of a tenant. `GET` lists them, those of the config file too; `GET /{id}` shows one; `PUT /{id}` adds one or takes its
 * place, live when it answers; `DELETE /{id}` takes it away, unless others name it.
 */
export function partRoutes({ kind, one, isReadElsewhere }: PartKind, options: PartRoutesOptions): Router {
  const { directory, guard } = options;
  const router = Router({ caseSensitive: true, strict: true });
  const base = `/api/v1/tenants/:tenant/${kind}`;
  const none = () => notFound(`There is no such ${one}.`);

  if (isReadElsewhere !== true) {
    router.get(
      base,
      guard.read(base, async ({ tenant, query, response }) => {
        const views = await directory.list(tenant, kind);
        const { page, ...next } = partPage(views ?? [], query);
        response.json({ [kind]: page.map(shownPart), ...next });
      }),
    );
    router.get(
      `${base}/:id`,
      guard.read(base, async ({ tenant, id, response }) => {
        const view = await directory.get(tenant, kind, id);
        if (view === undefined) throw none();
        response.set(headersOf(view)).json(shownPart(view));
      }),
    );
  }
  router.put(
    `${base}/:id`,
    guard.repeatable(base, async ({ tenant, id, request, response }) => {
      const input = await readJson(request);
      const condition = conditionOf(request.headers);
      const { view, isNew } = await orRefusePart(one, async () =>
        directory.put(tenant, { kind, name: id }, () => input, condition),
      );
      sendAnswer(response, partAnswer(view, isNew));
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
  return router;
}
