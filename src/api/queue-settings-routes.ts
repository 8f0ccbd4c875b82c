import { randomBytes } from 'node:crypto';
import { Router } from 'express';
import { z } from 'zod';
import type { DirectoryDesk } from '../sessions/kept-directory/directory-desk.ts';
import { PartNotChanged } from '../sessions/kept-directory/part-not-changed.ts';
import type { PartView } from '../sessions/kept-directory/part-view.ts';
import { done, sendAnswer, type ApiAnswer } from './api-answer.ts';
import { checkedBody } from './checked-body.ts';
import { conditionOf } from './kept-conditions.ts';
import type { OperatorGuard } from './operator-guard.ts';
import { orRefusePart, partAnswer } from './part-answers.ts';
import { jsonOf, readJson } from './read-json.ts';

export interface QueueSettingsRoutesOptions {
  readonly directory: Pick<DirectoryDesk, 'put' | 'remove'>;
  readonly guard: OperatorGuard;
}

const base = '/api/v1/tenants/:tenant/queues';
const kind = 'queues';
const fields = { name: 'friendlyName' };
const friendlyName = z
  .string('a text of 1 to 64 characters')
  .trim()
  .min(1, 'a text of 1 to 64 characters')
  .max(64, 'a text of 1 to 64 characters');

/** What the config file says of a queue, its name as Twilio calls it. */
export const queueBody = z.looseObject(
  { friendlyName, name: z.never('no such field').optional() },
  'an object',
);
export const newQueueBody = queueBody.extend({ id: z.string('a text').optional() });
export const queueUpdateBody = queueBody.partial();

/**
 * Queues in Twilio's words: `POST` makes one and gives its id, `POST /{id}` changes what it names, `PUT /{id}` says all anew, `DELETE
 * /{id}` takes an empty one away.
 */
export function queueSettingsRoutes({ directory, guard }: QueueSettingsRoutesOptions): Router {
  const router = Router({ caseSensitive: true, strict: true });

  router.post(
    base,
    guard.write(base, async ({ tenant, request, body, keep }) => {
      const { id = newId(), ...given } = checkedBody(newQueueBody, jsonOf(request, body));
      const { view } = await refusing(async () =>
        directory.put(
          tenant,
          { kind, name: id },
          () => settingsOf(given),
          { ifAbsent: true },
          (made) => keep(answerOf(made, true)),
        ),
      );
      return answerOf(view, true);
    }),
  );
  router.post(
    `${base}/:id`,
    guard.write(base, async ({ tenant, id, request, body, keep }) => {
      const given = checkedBody(queueUpdateBody, jsonOf(request, body));
      const condition = conditionOf(request.headers);
      const { view } = await refusing(async () =>
        directory.put(
          tenant,
          { kind, name: id },
          (before) => {
            if (before === undefined) throw new PartNotChanged('no such part');
            return { ...before.body, ...settingsOf(given) };
          },
          condition,
          (made) => keep(answerOf(made, false)),
        ),
      );
      return answerOf(view, false);
    }),
  );
  router.put(
    `${base}/:id`,
    guard.repeatable(base, async ({ tenant, id, request, response }) => {
      const given = checkedBody(queueBody, await readJson(request));
      const condition = conditionOf(request.headers);
      const { view, isNew } = await refusing(async () =>
        directory.put(tenant, { kind, name: id }, () => settingsOf(given), condition),
      );
      sendAnswer(response, answerOf(view, isNew));
    }),
  );
  router.delete(
    `${base}/:id`,
    guard.write(base, async ({ tenant, id, request, keep }) => {
      const condition = conditionOf(request.headers);
      await refusing(async () => directory.remove(tenant, { kind, name: id }, condition, keep(done)));
      return done;
    }),
  );
  return router;
}

async function refusing<T>(work: () => Promise<T>): Promise<T> {
  return orRefusePart('queue', work, fields);
}

function newId(): string {
  return `qu-${randomBytes(12).toString('hex')}`;
}

function settingsOf({ friendlyName: given, name: _, ...settings }: z.output<typeof queueUpdateBody>): object {
  return { ...settings, ...(given === undefined ? {} : { name: given }) };
}

function answerOf(view: PartView, isNew: boolean): ApiAnswer {
  return partAnswer(view, isNew, shownQueue(view));
}

/** Without what it does at the moment: that is asked for by `GET`. */
function shownQueue({ name: id, body, source, createdAt, changedAt }: PartView): object {
  const { name, maxSize, ...settings } = body as { readonly name: string; readonly maxSize: number };
  const iso = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString());
  return {
    id,
    friendlyName: name,
    maxSize,
    dateCreated: iso(createdAt),
    dateUpdated: iso(changedAt),
    source,
    settings: { ...settings, maxSize },
  };
}
