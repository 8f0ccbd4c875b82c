import { randomUUID } from 'node:crypto';
import { expect, vi } from 'vitest';
import type { Connection, Outgoing } from '../../../src/channels/channel.ts';
import { xmpp } from '../../../src/channels/xmpp/index.ts';
import { xmppParameters } from '../../../src/channels/xmpp/parameters.ts';
import type { Message } from '../../../src/message/message.ts';
import { as } from '../../../src/platform/ids.ts';
import { createTestHost, type TestHost, type TestHostOptions } from '../../fixtures/test-host.ts';

export interface OpenLine {
  readonly host: TestHost;
  readonly connection: Connection;
  untilState(state: string, timeoutMs?: number): Promise<void>;
  close(): Promise<void>;
}

/** A line of the tenant Acme, open. */
export async function openXmppLine(
  parameters: Readonly<Record<string, unknown>>,
  options: Partial<TestHostOptions> = {},
): Promise<OpenLine> {
  const host = await createTestHost({ channel: 'xmpp', ...options });
  const connection = await xmpp.open(
    {
      tenant: as('acme'),
      id: as('line-1'),
      channel: 'xmpp',
      parameters: xmppParameters.parse(parameters),
      displayName: 'Acme',
    },
    host,
  );
  return {
    host,
    connection,
    // Longer than one attempt may take: the line tries again by itself.
    untilState: (state, timeoutMs = 60_000) =>
      vi.waitFor(() => expect(host.states.at(-1)?.state).toBe(state), { timeout: timeoutMs, interval: 5 }),
    async close() {
      await connection.close();
      await host.close();
    },
  };
}

export function outgoing(message: Message, deliveryId: string = randomUUID()): Outgoing {
  return { deliveryId: as(deliveryId), message };
}

export function text(words: string): Message {
  return { content: { kind: 'text', text: words } };
}
