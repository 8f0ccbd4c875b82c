import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { DirectoryDesk } from '../sessions/kept-directory/directory-desk.ts';
import { PartNotChanged } from '../sessions/kept-directory/part-not-changed.ts';
import type { PartView } from '../sessions/kept-directory/part-view.ts';
import { noContent } from './answer-schemas.ts';
import { done, type ApiAnswer } from './api-answer.ts';
import { declaredRoutes, routeKinds } from './declared-routes.ts';
import { partTagHeader, queueSettingsAnswer } from './directory-schema.ts';
import { conditionOf } from './kept-conditions.ts';
import { conditionHeaders } from './line-schema.ts';
import { orRefusePart, partAnswer } from './part-answers.ts';

export interface QueueSettingsRoutesOptions {
  readonly directory: Pick<DirectoryDesk, 'put' | 'remove'>;
}

const base = '/api/v1/tenants/:tenant/queues';
const kind = 'queues';
const fields = { name: 'friendlyName' };
export const friendlyName = z
  .string('a text of 1 to 64 characters')
  .trim()
  .min(1, 'a text of 1 to 64 characters')
  .max(64, 'a text of 1 to 64 characters');

/** What the config file says of a queue, its name as Twilio calls it. */
const queueBody = z.looseObject({ friendlyName, name: z.never('no such field').optional() }, 'an object');
const newQueueBody = queueBody.extend({ id: z.string('a text').optional() });
const queueUpdateBody = queueBody.partial();

const { repeatable, writing } = routeKinds<QueueSettingsRoutesOptions>();
const queueShown = { schema: queueSettingsAnswer, headers: partTagHeader };
const problems = [409, 412];

/** Queues in Twilio's words: made, changed, said anew and taken away. */
export const queueSettingsRoutes = declaredRoutes<QueueSettingsRoutesOptions>([
  writing(
    {
      method: 'post',
      path: base,
      operation: 'createQueue',
      summary: 'Makes a queue and gives its id',
      access: 'directory:write',
      body: newQueueBody,
      answers: { 201: { description: 'The queue.', ...queueShown } },
      problems,
    },
    async ({ directory }, { tenant, input, keep }) => {
      const { id = newId(), ...given } = input;
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
    },
  ),
  writing(
    {
      method: 'post',
      path: `${base}/:id`,
      operation: 'updateQueue',
      summary: 'Changes what the body names of a queue',
      access: 'directory:write',
      headers: conditionHeaders,
      body: queueUpdateBody,
      answers: { 200: { description: 'The queue.', ...queueShown } },
      problems,
    },
    async ({ directory }, { tenant, id, request, input, keep }) => {
      const condition = conditionOf(request.headers);
      const { view } = await refusing(async () =>
        directory.put(
          tenant,
          { kind, name: id },
          (before) => {
            if (before === undefined) throw new PartNotChanged('no such part');
            return { ...before.body, ...settingsOf(input) };
          },
          condition,
          (made) => keep(answerOf(made, false)),
        ),
      );
      return answerOf(view, false);
    },
  ),
  repeatable(
    {
      method: 'put',
      path: `${base}/:id`,
      operation: 'putQueue',
      summary: 'Adds a queue or says all of it anew, live when this answers',
      access: 'directory:write',
      headers: conditionHeaders,
      body: queueBody,
      answers: {
        200: { description: 'It was replaced.', ...queueShown },
        201: { description: 'It was added.', ...queueShown },
      },
      problems,
    },
    async ({ directory }, { tenant, id, request, input }) => {
      const condition = conditionOf(request.headers);
      const { view, isNew } = await refusing(async () =>
        directory.put(tenant, { kind, name: id }, () => settingsOf(input), condition),
      );
      return answerOf(view, isNew);
    },
  ),
  writing(
    {
      method: 'delete',
      path: `${base}/:id`,
      operation: 'removeQueue',
      summary: 'Takes an empty queue away that nobody names',
      access: 'directory:write',
      headers: conditionHeaders,
      answers: { 204: noContent },
      problems: [...problems, 422],
    },
    async ({ directory }, { tenant, id, request, keep }) => {
      const condition = conditionOf(request.headers);
      await refusing(async () => directory.remove(tenant, { kind, name: id }, condition, keep(done)));
      return done;
    },
  ),
]);

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
