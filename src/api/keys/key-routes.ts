import type { Logger } from '../../platform/log.ts';
import { noContent } from '../answer-schemas.ts';
import { done, ok, type ApiAnswer } from '../api-answer.ts';
import { nameOfCaller, type Caller } from '../caller.ts';
import { unprocessable } from '../checked-body.ts';
import { declaredRoutes, routeKinds } from '../declared-routes.ts';
import { withIsoTimes } from '../iso-times.ts';
import { conflict, notFound, Refusal } from '../refusal.ts';
import type { Scope } from '../scopes.ts';
import { mostKeys, type KeyDesk, type KeyView } from './key-desk.ts';
import { keyAnswer, keyBody, keysAnswer, newKeyAnswer } from './key-schema.ts';

export interface KeyRoutesOptions {
  readonly keyDesk: KeyDesk;
  readonly logger: Logger;
}

const base = '/api/v1/tenants/:tenant/keys';
const { reading, writing } = routeKinds<KeyRoutesOptions>();
const noKey = () => notFound('There is no such key.');

/** Keys of a tenant, for programs of its own. */
export const keyRoutes = declaredRoutes<KeyRoutesOptions>([
  reading(
    {
      method: 'get',
      path: base,
      operation: 'listKeys',
      summary: 'All keys, without their secrets',
      access: 'keys:read',
      answers: { 200: { description: 'All keys of the tenant, oldest first.', schema: keysAnswer } },
    },
    async ({ keyDesk }, { tenant }) => ok({ keys: (await keyDesk.list(tenant)).map(withIsoTimes) }),
  ),
  reading(
    {
      method: 'get',
      path: `${base}/:id`,
      operation: 'getKey',
      summary: 'One key, without its secret',
      access: 'keys:read',
      answers: { 200: { description: 'The key.', schema: keyAnswer } },
    },
    async ({ keyDesk }, { tenant, id }) => {
      const view = await keyDesk.get(tenant, id);
      if (view === undefined) throw noKey();
      return ok(withIsoTimes(view));
    },
  ),
  writing(
    {
      method: 'post',
      path: base,
      operation: 'createKey',
      summary: 'Makes a key',
      description: 'A key gives no scope that its maker does not have.',
      access: 'keys:write',
      body: keyBody,
      answers: { 201: { description: 'The key, with its secret.', schema: newKeyAnswer } },
      problems: [409],
    },
    async ({ keyDesk, logger }, { tenant, caller, input, keep }) => {
      mustHave(caller, input.scopes);
      if (input.expiresAt !== undefined && input.expiresAt <= keyDesk.now())
        throw unprocessable([
          {
            path: 'expiresAt',
            pointer: '#/expiresAt',
            found: 'a time that is over',
            expected: 'one to come',
          },
        ]);
      // Whoever asks again under the same Idempotency-Key learns that there is a key, not what it is: it is nowhere kept.
      const made = await keyDesk.create(tenant, input, (view) => keep(created(view)));
      if (made === undefined)
        throw conflict(`A tenant has at most ${String(mostKeys)} keys: revoke one first.`);
      const { view, token } = made;
      logger.info({ tenant, key: view.id, by: nameOfCaller(caller) }, 'a key was made');
      return created(view, token);
    },
  ),
  writing(
    {
      method: 'delete',
      path: `${base}/:id`,
      operation: 'revokeKey',
      summary: 'Revokes a key, from the next request on',
      access: 'keys:write',
      answers: { 204: noContent },
    },
    async ({ keyDesk, logger }, { tenant, caller, id, keep }) => {
      if (!(await keyDesk.revoke(tenant, id, keep(done)))) throw noKey();
      logger.info({ tenant, key: id, by: nameOfCaller(caller) }, 'a key was revoked');
      return done;
    },
  ),
]);

function created(view: KeyView, key?: string): ApiAnswer {
  return { status: 201, body: { ...withIsoTimes(view), ...(key === undefined ? {} : { key }) } };
}

/** @throws {Refusal} 403 */
function mustHave(caller: Caller, wanted: readonly Scope[]): void {
  if (caller.kind === 'operator') return;
  const lacking = wanted.filter((scope) => !caller.scopes.includes(scope));
  if (lacking.length === 0) return;
  const detail = `This key cannot give what it does not have: ${lacking.join(', ')}.`;
  throw new Refusal({ status: 403, title: 'Forbidden', detail });
}
