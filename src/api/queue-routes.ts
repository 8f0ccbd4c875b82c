import { Router } from 'express';
import { z } from 'zod';
import { as, type QueueId, type TenantId } from '../platform/ids.ts';
import type { QueueMember } from '../queues/queue-members.ts';
import type { QueueView } from '../routing/queue-view.ts';
import type { DirectoryDesk } from '../sessions/kept-directory/directory-desk.ts';
import type { RoutingDesk } from '../sessions/routing-desk.ts';
import type { OperatorGuard } from './operator-guard.ts';
import { nextPage, pageWanted } from './page-query.ts';
import { checkedBody, unprocessable } from './checked-body.ts';
import { dequeueBody } from './dequeue-body.ts';
import { jsonOf } from './read-json.ts';
import { withSettings } from './part-answers.ts';
import { statisticsQuery } from './queue-schema.ts';
import { shownStatistics } from './queue-statistics-answer.ts';
import { notFound } from './refusal.ts';
import { secondsOf } from './seconds.ts';

export interface QueueRoutesOptions {
  readonly routing: Pick<RoutingDesk, 'queues' | 'queue' | 'members' | 'dequeue' | 'statistics' | 'now'>;
  /** Gives the settings that make a queue what it is; without it these are not shown. */
  readonly directory?: Pick<DirectoryDesk, 'get'>;
  readonly guard: OperatorGuard;
}

const base = '/api/v1/tenants/:tenant/queues';
const place = z.object({ rank: z.number() });

/**
 * Queues in Twilio's words: `GET` lists them, `GET /{id}` shows one, `/{id}/members` who waits there, `/{id}/members/{session}` or `/front`
 * one of those, `/{id}/statistics` what came of it in a time. `POST /{id}/members/{session}` takes one out of the queue, to instructions.
 */
export function queueRoutes({ routing, directory, guard }: QueueRoutesOptions): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const noQueue = () => notFound('There is no such queue.');
  const membersOf = async (tenant: TenantId, queue: QueueId): Promise<QueueMember[]> => {
    const members = await routing.members(tenant, queue);
    if (members === undefined) throw noQueue();
    return members;
  };

  router.get(
    base,
    guard.read(base, async ({ tenant, response }) => {
      const queues = await routing.queues(tenant);
      response.json({ queues: queues.map(shown) });
    }),
  );
  router.get(
    `${base}/:id`,
    guard.read(base, async ({ tenant, id, response }) => {
      const queue = await routing.queue(tenant, as(id));
      if (queue === undefined) throw noQueue();
      response.json(withSettings(response, shown(queue), await directory?.get(tenant, 'queues', id)));
    }),
  );
  router.get(
    `${base}/:id/members`,
    guard.read(base, async ({ tenant, id, query, response }) => {
      const { limit, after } = pageWanted<QueueMember>(query, place);
      const members = await membersOf(tenant, as(id));
      const isAfter = ({ rank, session }: QueueMember): boolean =>
        after === undefined || rank > after.value.rank || (rank === after.value.rank && session > after.id);
      const rest = members.filter(isAfter);
      const page = rest.slice(0, limit);
      const last = page.at(-1);
      const more = last === undefined || rest.length <= limit ? undefined : last;
      response.json({
        members: page.map((member) => shownMember(member, routing.now())),
        ...nextPage(
          more === undefined
            ? { found: [] }
            : { found: [], next: { id: more.session, version: 0, value: more } },
          place,
        ),
      });
    }),
  );
  router.get(
    `${base}/:id/members/:session`,
    guard.read(base, async ({ tenant, id, request, response }) => {
      const member = memberWanted(await membersOf(tenant, as(id)), request.params.session);
      response.json(shownMember(member, routing.now()));
    }),
  );
  router.post(
    `${base}/:id/members/:session`,
    guard.write(base, async ({ tenant, id, request, body, keep }) => {
      const member = memberWanted(await membersOf(tenant, as(id)), request.params.session);
      const wanted = checkedBody(dequeueBody, jsonOf(request, body));
      const answer = { status: 202, body: shownMember(member, routing.now()) };
      const problem = await routing.dequeue(tenant, member, wanted, keep(answer));
      if (problem !== undefined) throw unprocessable([problem]);
      return answer;
    }),
  );
  router.get(
    `${base}/:id/statistics`,
    guard.read(base, async ({ tenant, id, query, response }) => {
      const wanted = statisticsQuery(query, routing.now());
      const thresholdsMs = wanted.thresholds.map((seconds) => seconds * 1000);
      const found = await routing.statistics(tenant, as(id), { ...wanted, thresholdsMs });
      if (found === undefined) throw noQueue();
      response.json({ queue: id, ...shownStatistics(found, wanted) });
    }),
  );
  return router;
}

/** Twilio writes `Front`. */
function memberWanted(members: readonly QueueMember[], wanted = ''): QueueMember {
  const isFront = wanted.toLowerCase() === 'front';
  const member = isFront ? members[0] : members.find(({ session }) => session === wanted);
  if (member === undefined) throw notFound(isFront ? 'Nobody waits there.' : 'No such session waits there.');
  return member;
}

function shown(queue: QueueView): object {
  const { id, name, size, maxSize, averageWaitMs, longestWaitMs, estimateMs, agents } = queue;
  return {
    id,
    friendlyName: name,
    currentSize: size,
    maxSize,
    averageWaitTime: secondsOf(averageWaitMs),
    longestWaitTime: secondsOf(longestWaitMs),
    ...(estimateMs === undefined ? {} : { estimatedWaitTime: secondsOf(estimateMs) }),
    agents,
  };
}

function shownMember(member: QueueMember, now: number): object {
  const { session, queue, enteredAt, position, since, priority, state, agent } = member;
  return {
    session,
    queue,
    dateEnqueued: new Date(enteredAt).toISOString(),
    position,
    waitTime: secondsOf(now - since),
    priority,
    state,
    ...(agent === undefined ? {} : { agent }),
  };
}
