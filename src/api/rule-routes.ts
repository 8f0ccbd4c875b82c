import { Router, type Response } from 'express';
import { z } from 'zod';
import {
  RulesNotChanged,
  type RuleCondition,
  type RuleDesk,
  type RuleSetView,
} from '../sessions/rule-desk/rule-desk.ts';
import { RulesRefused } from '../sessions/rule-desk/rules-reader.ts';
import { checkedBody, unprocessable } from './checked-body.ts';
import { withIsoTimes } from './iso-times.ts';
import type { OperatorCall, OperatorGuard } from './operator-guard.ts';
import { conflict, notFound, Refusal } from './refusal.ts';
import { readJson } from './read-json.ts';

export interface RuleRoutesOptions {
  readonly rules: Pick<RuleDesk, 'read' | 'save' | 'versions' | 'version' | 'putBack'>;
  readonly guard: OperatorGuard;
}

const base = '/api/v1/tenants/:tenant/rules';

/** `PUT /rules`; what the rules must be is checked by the same schema as the config file's. */
export const rulesBody = z.strictObject(
  { rules: z.array(z.unknown(), 'a list of rules') },
  'an object with the field rules',
);

/** A set of rules as it is answered. */
export const rulesAnswer = z.object({
  version: z.string(),
  source: z.enum(['file', 'rest']),
  changedAt: z.iso.datetime().optional(),
  rules: z.array(z.record(z.string(), z.unknown())),
});

export const ruleVersionsAnswer = z.object({
  versions: z.array(
    z.object({
      version: z.string(),
      changedAt: z.iso.datetime(),
      rules: z.int(),
      source: z.enum(['file', 'rest']),
      restores: z.string().optional(),
    }),
  ),
});

/**
 * A tenant's rules. `GET` reads those that count, `PUT` saves others (with `If-Match`, unless somebody else did meanwhile); `GET /versions` lists
 * what there was, `GET /versions/{version}` reads one, `POST /versions/{version}/restore` puts it back.
 */
export function ruleRoutes({ rules, guard }: RuleRoutesOptions): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const noVersion = () => notFound('There is no such version.');

  router.get(
    base,
    guard.read(base, async ({ tenant, response }) => {
      answer(response, await rules.read(tenant));
    }),
  );
  router.put(
    base,
    guard.repeatable(base, async ({ tenant, request, response }) => {
      const body = checkedBody(rulesBody, await readJson(request));
      answer(
        response,
        await orRefuse(async () => rules.save(tenant, body.rules, conditionOf(request.headers))),
      );
    }),
  );
  router.get(
    `${base}/versions`,
    guard.read(base, async ({ tenant, response }) => {
      const versions = await rules.versions(tenant);
      response.json({
        versions: versions.map(({ at, ...version }) => ({
          ...version,
          changedAt: new Date(at).toISOString(),
        })),
      });
    }),
  );
  router.get(
    `${base}/versions/:id`,
    guard.read(base, async ({ tenant, id, response }) => {
      const view = await rules.version(tenant, id);
      if (view === undefined) throw noVersion();
      answer(response, view);
    }),
  );
  router.post(
    `${base}/versions/:id/restore`,
    guard.write(base, async ({ tenant, id, request, keep }) => {
      const toAnswer = (view: RuleSetView) => ({ status: 200, body: shown(view), headers: tagOf(view) });
      return orRefuse(async () =>
        toAnswer(
          await rules.putBack(tenant, id, conditionOf(request.headers), (saved) => keep(toAnswer(saved))),
        ),
      );
    }),
  );
  return router;
}

function answer(response: Response, view: RuleSetView): void {
  response.set(tagOf(view)).json(shown(view));
}

function tagOf({ version }: RuleSetView): { readonly etag: string } {
  return { etag: `"${version}"` };
}

function shown(view: RuleSetView): object {
  const { rules, ...about } = view;
  return { ...withIsoTimes(about), rules };
}

function conditionOf(headers: OperatorCall['request']['headers']): RuleCondition {
  const { 'if-match': ifMatch, 'if-none-match': ifNone } = headers;
  if (ifNone !== undefined && ifNone !== '*')
    throw unprocessable([{ path: 'If-None-Match', found: 'a tag', expected: '*, or no such header' }]);
  return {
    ...(ifMatch === undefined || ifMatch === '*'
      ? {}
      : { ifMatch: /^"([^"]*)"$/.exec(ifMatch.trim())?.[1] ?? '' }),
    ...(ifNone === undefined ? {} : { ifAbsent: true }),
  };
}

async function orRefuse<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RulesRefused)
      throw unprocessable(
        error.problems.map(({ path, ...problem }) => ({
          path: path === '' ? 'rules' : `rules.${path}`,
          ...problem,
        })),
      );
    if (!(error instanceof RulesNotChanged)) throw error;
    switch (error.outcome) {
      case 'no such version':
        throw notFound('There is no such version.');
      case 'declared in the config file':
        throw conflict(
          'The rules are declared in the config file: change them there, or take them out of there first.',
        );
      case 'other than expected':
        throw new Refusal({
          status: 412,
          title: 'Precondition Failed',
          detail: 'The rules are others than If-Match or If-None-Match asks for: read them again.',
        });
    }
  }
}
