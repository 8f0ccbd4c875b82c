import { z } from 'zod';
import { InputRefused } from '../directory/kept/input-refused.ts';
import { RulesNotChanged, type RuleDesk, type RuleSetView } from '../sessions/rule-desk/rule-desk.ts';
import { ok, type ApiAnswer } from './api-answer.ts';
import { unprocessable } from './checked-body.ts';
import { declaredRoutes, routeKinds } from './declared-routes.ts';
import { withIsoTimes } from './iso-times.ts';
import { conditionOf } from './kept-conditions.ts';
import { conditionHeaders } from './line-schema.ts';
import { conflict, notFound, Refusal } from './refusal.ts';

export interface RuleRoutesOptions {
  readonly rules: Pick<RuleDesk, 'read' | 'save' | 'versions' | 'version' | 'putBack'>;
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

const { reading, repeatable, writing } = routeKinds<RuleRoutesOptions>();
const noVersion = () => notFound('There is no such version.');
const tag = { etag: 'Changes with the rules; for `If-Match`.' };
const answers = { 200: { description: 'The rules.', schema: rulesAnswer, headers: tag } };

/** A tenant's rules: those that count, and those that did. */
export const ruleRoutes = declaredRoutes<RuleRoutesOptions>([
  reading(
    {
      method: 'get',
      path: base,
      operation: 'getRules',
      summary: 'The rules that count',
      access: 'routing:read',
      answers,
    },
    async ({ rules }, { tenant }) => answer(await rules.read(tenant)),
  ),
  repeatable(
    {
      method: 'put',
      path: base,
      operation: 'saveRules',
      summary: 'Saves other rules',
      access: 'routing:write',
      headers: conditionHeaders,
      body: rulesBody,
      answers,
      problems: [409, 412],
    },
    async ({ rules }, { tenant, request, input }) =>
      answer(await orRefuse(async () => rules.save(tenant, input.rules, conditionOf(request.headers)))),
  ),
  reading(
    {
      method: 'get',
      path: `${base}/versions`,
      operation: 'listRuleVersions',
      summary: 'What rules there were',
      access: 'routing:read',
      answers: { 200: { description: 'All versions.', schema: ruleVersionsAnswer } },
    },
    async ({ rules }, { tenant }) =>
      ok({
        versions: (await rules.versions(tenant)).map(({ at, ...version }) => ({
          ...version,
          changedAt: new Date(at).toISOString(),
        })),
      }),
  ),
  reading(
    {
      method: 'get',
      path: `${base}/versions/:id`,
      operation: 'getRuleVersion',
      summary: 'One version of the rules',
      access: 'routing:read',
      answers,
    },
    async ({ rules }, { tenant, id }) => {
      const view = await rules.version(tenant, id);
      if (view === undefined) throw noVersion();
      return answer(view);
    },
  ),
  writing(
    {
      method: 'post',
      path: `${base}/versions/:id/restore`,
      operation: 'restoreRules',
      summary: 'Puts a version of the rules back',
      access: 'routing:write',
      headers: conditionHeaders,
      answers,
      problems: [412, 422],
    },
    async ({ rules }, { tenant, id, request, keep }) =>
      orRefuse(async () =>
        answer(await rules.putBack(tenant, id, conditionOf(request.headers), (saved) => keep(answer(saved)))),
      ),
  ),
]);

function answer(view: RuleSetView): ApiAnswer {
  return { status: 200, body: shown(view), headers: tagOf(view) };
}

function tagOf({ version }: RuleSetView): { readonly etag: string } {
  return { etag: `"${version}"` };
}

function shown(view: RuleSetView): object {
  const { rules, ...about } = view;
  return { ...withIsoTimes(about), rules };
}

async function orRefuse<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof InputRefused)
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
