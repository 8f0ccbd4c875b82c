import { randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import type { Address, Connection, LineRecords, Outgoing } from '../../../src/channels/channel.ts';
import { sms } from '../../../src/channels/sms/index.ts';
import type { Content } from '../../../src/message/message.ts';
import type { Clock } from '../../../src/platform/clock.ts';
import { as } from '../../../src/platform/ids.ts';
import { createTestHost, type TestHost } from '../../fixtures/test-host.ts';
import { startTwilio, type Twilio, type TwilioOptions } from '../../peers/twilio/twilio.ts';
import { accountSid, authToken } from './far-side.ts';

export const customer = '+15552229999';
export const ours = '+15551110000';

export interface OpenLine {
  readonly twilio: Twilio;
  readonly host: TestHost;
  readonly connection: Connection;
}

export interface LineOptions {
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly twilio?: Partial<TwilioOptions>;
  readonly clock?: Clock;
  readonly records?: LineRecords;
}

/** A line on a stand-in of its own, closed when the test ends. */
export async function openSmsLine(options: LineOptions = {}): Promise<OpenLine> {
  const twilio = await startTwilio({ accountSid, authToken, delivers: false, ...options.twilio });
  const host = await createTestHost({
    channel: 'sms',
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    ...(options.records === undefined ? {} : { records: options.records }),
  });
  const parameters = sms.parameters.parse({
    accountSid,
    authToken,
    from: ours,
    apiBaseUrl: twilio.baseUrl,
    mediaOrigins: [twilio.mediaOrigin],
    ...options.parameters,
  });
  const line = {
    tenant: as<never>('acme'),
    id: as<never>('line-1'),
    channel: 'sms',
    parameters,
    displayName: 'Acme',
  };
  const connection = await sms.open(line, host);
  host.mount(connection, sms.maxBodyBytes);
  twilio.webhookUrl = host.publicUrl;
  onTestFinished(async () => {
    await connection.close();
    await twilio.close();
    await host.close();
  });
  return { twilio, host, connection };
}

export function addressOf(id: string, via?: string): Address {
  return { id: as(id), ...(via === undefined ? {} : { via }) };
}

export function outgoing(content: Content, deliveryId: string = randomUUID()): Outgoing {
  return { deliveryId: as(deliveryId), message: { content } };
}

export function text(body: string, deliveryId?: string): Outgoing {
  return outgoing({ kind: 'text', text: body }, deliveryId);
}
