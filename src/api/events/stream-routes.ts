import { z } from 'zod';
import type { TenantId } from '../../platform/ids.ts';
import type { Logger } from '../../platform/log.ts';
import type { StreamWanted } from '../../sessions/events/event-stream.ts';
import { nameOfCaller } from '../caller.ts';
import { declaredRoutes, type Route } from '../declared-routes.ts';
import { Refusal } from '../refusal.ts';
import type { RouteDeclaration } from '../route-declaration.ts';
import { sendStream } from '../send-stream.ts';
import { lastEventId, streamParameters, streamQuery } from './event-schema.ts';
import type { OpenStreams } from './open-streams.ts';

export interface EventStreamRoutesOptions {
  readonly events: {
    /** Sees to it that events are recorded from now on. */
    use(tenant: TenantId): Promise<void>;
    stream(tenant: TenantId, wanted: StreamWanted): AsyncIterable<string>;
  };
  readonly streams: OpenStreams;
  readonly logger: Logger;
}

/** A reader that takes nothing for so long is cut off: it comes again, and goes on where it was. */
const stallMs = 30_000;

const declaration: RouteDeclaration = {
  method: 'get',
  path: '/api/v1/tenants/:tenant/events',
  operation: 'streamEvents',
  summary: 'What happens, as server-sent events',
  description:
    'Each event has its position as id, its type as event and JSON as data (`Event`, as webhooks get it). With `Last-Event-ID` none is missed and none comes twice. `stream.gap`: the place asked for is older than events are kept.',
  access: 'events:read',
  query: streamParameters,
  headers: { 'last-event-id': lastEventId },
  answers: {
    200: { description: 'A stream without end.', schema: z.string(), mediaType: 'text/event-stream' },
  },
};

const streaming: Route<EventStreamRoutesOptions> = {
  declaration,
  handler: (guard, { events, streams, logger }) =>
    guard.read(
      declaration.path,
      async ({ tenant, caller, query, request, response }) => {
        const { types, after } = streamQuery(query, request.get('last-event-id'));
        const controller = streams.open(`${tenant} ${nameOfCaller(caller)}`, response);
        if (controller === undefined) throw tooMany();
        await events.use(tenant);
        response.set({ 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' }).flushHeaders();
        const { signal } = controller;
        await sendStream(response, events.stream(tenant, { types, after, signal }), {
          signal,
          stallMs,
          onError: (error) => logger.warn({ tenant, error: String(error) }, 'an event stream broke off'),
        });
      },
      declaration.access,
    ),
};

export const eventStreamRoutes = declaredRoutes<EventStreamRoutesOptions>([streaming]);

function tooMany(): Refusal {
  return new Refusal({
    status: 429,
    title: 'Too Many Requests',
    detail: 'This key has too many streams open: close one first.',
    headers: { 'retry-after': '30' },
  });
}
