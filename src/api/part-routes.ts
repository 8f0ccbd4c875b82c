import { z } from 'zod';
import type { DirectoryDesk } from '../sessions/kept-directory/directory-desk.ts';
import { noContent } from './answer-schemas.ts';
import { done, ok } from './api-answer.ts';
import { declaredRoutes, routeKinds, type DeclaredRoutes } from './declared-routes.ts';
import { directoryPart, partsAnswer, partTagHeader } from './directory-schema.ts';
import { conditionOf } from './kept-conditions.ts';
import { conditionHeaders } from './line-schema.ts';
import { pageParameters } from './page-query.ts';
import { orRefusePart, partAnswer, partFound, partPage, shownPart } from './part-answers.ts';
import type { Access } from './scopes.ts';

/** What a tenant has many of, by name. */
export interface PartKind {
  /** As the path says: `services`. */
  readonly kind: string;
  /** One of them: `service`. */
  readonly one: string;
  /** In the names of operations: one, and all. */
  readonly operations: readonly [one: string, all: string];
  /** Who may change one. */
  readonly writing: Access;
  /** Reading has routes of its own. */
  readonly isReadElsewhere?: boolean;
}

/** Kinds that have no routes beyond these; a kind of the directory that is added gets its REST by a line here. */
export const partKinds: readonly PartKind[] = [
  {
    kind: 'agents',
    one: 'agent',
    operations: ['Agent', 'Agents'],
    // Not agents:write, which says what agents do at the moment: this gives an account all that the tenant's customers say.
    writing: 'directory:write',
    isReadElsewhere: true,
  },
  {
    kind: 'applications',
    one: 'application',
    operations: ['Application', 'Applications'],
    writing: 'directory:write',
  },
  { kind: 'services', one: 'service', operations: ['Service', 'Services'], writing: 'directory:write' },
  { kind: 'calendars', one: 'calendar', operations: ['Calendar', 'Calendars'], writing: 'directory:write' },
  {
    kind: 'texts',
    one: 'set of texts',
    operations: ['TextsOfLanguage', 'Texts'],
    writing: 'directory:write',
  },
  {
    kind: 'shared-lines',
    one: 'shared line',
    operations: ['SharedLine', 'SharedLines'],
    // Lines of the installation: a tenant does not let itself in.
    writing: 'operator',
  },
];

export interface PartRoutesOptions {
  readonly directory: DirectoryDesk;
}

function a(one: string): string {
  return `${/^[aeiou]/.test(one) ? 'an' : 'a'} ${one}`;
}

const { reading, repeatable, writing: removing } = routeKinds<PartRoutesOptions>();

/**
 * A kind of part of a tenant. `GET` lists them, those of the config file too; `GET /{id}` shows one; `PUT /{id}` adds one or takes its
 * place, live when it answers; `DELETE /{id}` takes it away, unless others name it.
 */
export function partRoutes(of: PartKind): DeclaredRoutes<PartRoutesOptions> {
  const { kind, one, operations, writing, isReadElsewhere = false } = of;
  const base = `/api/v1/tenants/:tenant/${kind}`;
  const part = { schema: directoryPart, headers: partTagHeader };

  const reads = [
    reading(
      {
        method: 'get',
        path: base,
        operation: `list${operations[1]}`,
        summary: `Every ${one}, those of the config file too`,
        access: 'directory:read',
        query: pageParameters,
        answers: { 200: { description: 'A page of them, by id.', schema: partsAnswer(kind) } },
      },
      async ({ directory }, { tenant, query }) => {
        const { page, ...next } = partPage((await directory.list(tenant, kind)) ?? [], query);
        return ok({ [kind]: page.map(shownPart), ...next });
      },
    ),
    reading(
      {
        method: 'get',
        path: `${base}/:id`,
        operation: `get${operations[0]}`,
        summary: `One ${one}`,
        access: 'directory:read',
        answers: { 200: { description: `The ${one}.`, ...part } },
      },
      async ({ directory }, { tenant, id }) => partFound(await directory.get(tenant, kind, id), one),
    ),
  ];
  const changes = [
    repeatable(
      {
        method: 'put',
        path: `${base}/:id`,
        operation: `put${operations[0]}`,
        summary: `Adds ${a(one)} or replaces it, live when this answers`,
        access: writing,
        headers: conditionHeaders,
        // The directory's own rules, which are the config file's, say what is wrong.
        body: z.unknown(),
        answers: {
          200: { description: 'It was replaced.', ...part },
          201: { description: 'It was added.', ...part },
        },
        problems: [409, 412],
      },
      async ({ directory }, { tenant, id, request, input }) => {
        const condition = conditionOf(request.headers);
        const { view, isNew } = await orRefusePart(one, async () =>
          directory.put(tenant, { kind, name: id }, () => input, condition),
        );
        return partAnswer(view, isNew);
      },
    ),
    removing(
      {
        method: 'delete',
        path: `${base}/:id`,
        operation: `remove${operations[0]}`,
        summary: `Takes ${a(one)} away, unless others name it`,
        access: writing,
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
  ];
  return declaredRoutes([...(isReadElsewhere ? [] : reads), ...changes]);
}
