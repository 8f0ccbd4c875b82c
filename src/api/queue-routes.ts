import { z } from 'zod';
import { as, type QueueId, type TenantId } from '../platform/ids.ts';
import type { MemberView } from '../routing/members-view.ts';
import type { QueueView } from '../routing/queue-view.ts';
import type { DirectoryDesk } from '../sessions/kept-directory/directory-desk.ts';
import type { RoutingDesk } from '../sessions/routing-desk.ts';
import { ok } from './api-answer.ts';
import { unprocessable } from './checked-body.ts';
import { declaredRoutes, routeKinds } from './declared-routes.ts';
import { dequeueBody } from './dequeue-body.ts';
import { partTagHeader } from './directory-schema.ts';
import { pageById } from './page-by-id.ts';
import { nextPage, pageParameters, pageWanted } from './page-query.ts';
import {
  memberAnswer,
  membersAnswer,
  queuesAnswer,
  queueWithSettings,
  statisticsParameters,
  statisticsQuery,
} from './queue-schema.ts';
import { shownStatistics, statisticsAnswer } from './queue-statistics-answer.ts';
import { notUsed, settingsShown } from './part-answers.ts';
import { notFound } from './refusal.ts';
import { secondsOf } from './seconds.ts';

export interface QueueRoutesOptions {
  readonly routing: Pick<RoutingDesk, 'queues' | 'queue' | 'members' | 'dequeue' | 'statistics' | 'now'>;
  /** Gives the settings that make a queue what it is; without it these are not shown. */
  readonly directory?: Pick<DirectoryDesk, 'get'>;
}

const base = '/api/v1/tenants/:tenant/queues';
const place = z.object({ rank: z.number() });
const { reading, writing } = routeKinds<QueueRoutesOptions>();
const memberParameter = {
  session: { description: 'A session; `front`: whoever is first.', schema: z.string() },
};
const noQueue = () => notFound('There is no such queue.');

async function membersOf(
  { routing }: QueueRoutesOptions,
  tenant: TenantId,
  queue: QueueId,
): Promise<MemberView[]> {
  const members = await routing.members(tenant, queue);
  if (members === undefined) throw noQueue();
  return members;
}

/** Queues in Twilio's words: what they are, who waits there, what came of them in a time. */
export const queueRoutes = declaredRoutes<QueueRoutesOptions>([
  reading(
    {
      method: 'get',
      path: base,
      operation: 'listQueues',
      summary: 'All queues, as they stand now',
      access: 'queues:read',
      query: pageParameters,
      answers: { 200: { description: 'A page of them, by id.', schema: queuesAnswer } },
    },
    async ({ routing }, { tenant, query }) => {
      const { page, ...next } = pageById(await routing.queues(tenant), ({ id }) => id, query);
      return ok({ queues: page.map(shown), ...next });
    },
  ),
  reading(
    {
      method: 'get',
      path: `${base}/:id`,
      operation: 'getQueue',
      summary: 'One queue, as it stands now',
      access: 'queues:read',
      answers: { 200: { description: 'The queue.', schema: queueWithSettings, headers: partTagHeader } },
    },
    async ({ routing, directory }, { tenant, id }) => {
      const queue = await routing.queue(tenant, as(id));
      const part = await directory?.get(tenant, 'queues', id);
      if (queue === undefined) throw notUsed('queue', part);
      return settingsShown(shown(queue), part);
    },
  ),
  reading(
    {
      method: 'get',
      path: `${base}/:id/members`,
      operation: 'listMembers',
      summary: 'Who waits in a queue, in order',
      access: 'queues:read',
      query: pageParameters,
      answers: { 200: { description: 'A page of those who wait.', schema: membersAnswer } },
    },
    async (parts, { tenant, id, query }) => {
      const { limit, after } = pageWanted<MemberView>(query, place);
      const members = await membersOf(parts, tenant, as(id));
      const isAfter = ({ rank, session }: MemberView): boolean =>
        after === undefined || rank > after.value.rank || (rank === after.value.rank && session > after.id);
      const rest = members.filter(isAfter);
      const page = rest.slice(0, limit);
      const last = page.at(-1);
      const more = last === undefined || rest.length <= limit ? undefined : last;
      const next = more && { id: more.session, version: 0, value: more };
      return ok({
        members: page.map((member) => shownMember(member, parts.routing.now())),
        ...nextPage(next === undefined ? { found: [] } : { found: [], next }, place),
      });
    },
  ),
  reading(
    {
      method: 'get',
      path: `${base}/:id/members/:session`,
      operation: 'getMember',
      summary: 'One who waits in a queue',
      access: 'queues:read',
      parameters: memberParameter,
      answers: { 200: { description: 'Where it stands.', schema: memberAnswer } },
    },
    async (parts, { tenant, id, request }) => {
      const member = memberWanted(await membersOf(parts, tenant, as(id)), request.params.session);
      return ok(shownMember(member, parts.routing.now()));
    },
  ),
  writing(
    {
      method: 'post',
      path: `${base}/:id/members/:session`,
      operation: 'dequeueMember',
      summary: 'Takes one out of the queue, to what a URL answers or to instructions',
      access: 'queues:write',
      parameters: memberParameter,
      body: dequeueBody,
      answers: { 202: { description: 'It takes effect in its turn.', schema: memberAnswer } },
    },
    async (parts, { tenant, id, request, input, keep }) => {
      const member = memberWanted(await membersOf(parts, tenant, as(id)), request.params.session);
      const answer = { status: 202, body: shownMember(member, parts.routing.now()) };
      const problem = await parts.routing.dequeue(tenant, member, input, keep(answer));
      if (problem !== undefined) throw unprocessable([problem]);
      return answer;
    },
  ),
  reading(
    {
      method: 'get',
      path: `${base}/:id/statistics`,
      operation: 'getStatistics',
      summary: 'What came of a queue in a time',
      access: 'queues:read',
      query: statisticsParameters,
      answers: { 200: { description: 'As far as it is known now.', schema: statisticsAnswer } },
    },
    async ({ routing }, { tenant, id, query }) => {
      const wanted = statisticsQuery(query, routing.now());
      const thresholdsMs = wanted.thresholds.map((seconds) => seconds * 1000);
      const found = await routing.statistics(tenant, as(id), { ...wanted, thresholdsMs });
      if (found === undefined) throw noQueue();
      return ok({ queue: id, ...shownStatistics(found, wanted) });
    },
  ),
]);

/** Twilio writes `Front`. */
function memberWanted(members: readonly MemberView[], wanted = ''): MemberView {
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

function shownMember(member: MemberView, now: number): object {
  const { session, queue, enteredAt, position, since, priority, media, state, agent } = member;
  const { handledByNobody } = member;
  return {
    session,
    queue,
    dateEnqueued: new Date(enteredAt).toISOString(),
    position,
    waitTime: secondsOf(now - since),
    priority,
    media,
    state,
    ...(agent === undefined ? {} : { agent }),
    ...(handledByNobody === undefined ? {} : { handledByNobody }),
  };
}
