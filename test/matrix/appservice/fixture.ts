import type { HomeserverId } from '../../../src/platform/ids.ts';
import { as } from '../../../src/platform/ids.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { silentLogger } from '../../../src/platform/log.ts';
import type { HomeserverSettings } from '../../../src/matrix/matrix-side.ts';
import type { RawRoomEvent } from '../../../src/matrix/room-input.ts';
import type { EphemeralEvent } from '../../../src/matrix/appservice/ephemeral-event.ts';
import {
  createAppserviceEndpoint,
  type AppserviceEndpointOptions,
  type TransactionReport,
} from '../../../src/matrix/appservice/appservice-endpoint.ts';

export function settingsOf(id: string, hsToken: string): HomeserverSettings {
  return {
    id: as<HomeserverId>(id),
    url: 'http://127.0.0.1:1',
    domain: 'localhost',
    registration: {
      id: 'switchboard',
      asToken: `as-${hsToken}`,
      hsToken,
      senderLocalpart: '_sb_bot',
      prefix: '_sb_',
    },
  };
}

export function eventOf(name: string, overrides: object = {}): Record<string, unknown> {
  return {
    event_id: `$${name}`,
    room_id: '!room:localhost',
    sender: '@alice:localhost',
    type: 'm.room.message',
    origin_server_ts: 1_700_000_000_000,
    content: { msgtype: 'm.text', body: name },
    unsigned: { age: 5 },
    ...overrides,
  };
}

export interface Received {
  readonly homeserver: string;
  readonly events: readonly RawRoomEvent[];
  readonly ephemeral: readonly EphemeralEvent[];
}

/** An endpoint with two homeservers (`red-token-1`, `blue-token-2`), that keeps what they pushed. */
export async function openEndpoint(
  options: Partial<AppserviceEndpointOptions> & { readonly onTransaction?: () => Promise<void> } = {},
) {
  const received: Received[] = [];
  const reports: TransactionReport[] = [];
  const homeserver = (id: string, token: string) => ({
    settings: settingsOf(id, token),
    onTransaction: async (events: readonly RawRoomEvent[], ephemeral: readonly EphemeralEvent[]) => {
      received.push({ homeserver: id, events, ephemeral });
      await options.onTransaction?.();
    },
  });
  const endpoint = createAppserviceEndpoint(
    [homeserver('red', 'red-token-1'), homeserver('blue', 'blue-token-2')],
    { clock: systemClock, logger: silentLogger, observe: (report) => reports.push(report), ...options },
  );
  const port = await endpoint.start({ port: 0, host: '127.0.0.1' });
  const base = `http://127.0.0.1:${port}`;
  const call = async (
    method: string,
    path: string,
    body?: string | object,
    token: string | null = 'red-token-1',
  ): Promise<{ status: number; body: Record<string, unknown> }> => {
    const answer = await fetch(base + path, {
      method,
      headers: token === null ? {} : { authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  return {
    base,
    port,
    endpoint,
    received,
    reports,
    call,
    push: (id: string, body: string | object, token?: string | null) =>
      call('PUT', `/_matrix/app/v1/transactions/${id}`, body, token),
  };
}
