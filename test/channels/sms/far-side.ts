import { randomBytes } from 'node:crypto';
import twilio from 'twilio';
import type { FailureKind } from '../../../src/channels/channel.ts';
import { sms } from '../../../src/channels/sms/index.ts';
import type { ArrangedFailure, FarSide, Handover, Seen } from '../../conformance/channel-harness.ts';
import { hostileRequests } from '../../conformance/hostile-requests.ts';
import {
  startTwilio,
  type CustomerMessage,
  type Taken,
  type TwilioFault,
} from '../../peers/twilio/twilio.ts';

export const accountSid = `AC${'0123456789abcdef'.repeat(2)}`;
export const authToken = 'an-auth-token-for-tests';
const customer = '+15552229999';
const ours = '+15551110000';

/** The stand-in for Twilio, with one customer and one line. */
export async function startSmsFarSide(): Promise<FarSide> {
  const peer = await startTwilio({ accountSid, authToken });
  let last: CustomerMessage | undefined;

  const handover = ({ status }: Taken): Handover => (status < 300 ? 'acknowledged' : 'refused');
  async function sends(message: Partial<CustomerMessage>): Promise<Handover> {
    const taken = await peer.customerSends({ from: customer, to: ours, ...message });
    last = { from: customer, to: ours, ...message, sid: taken.sid };
    return handover(taken);
  }
  const failure = (
    name: string,
    kind: FailureKind,
    fault: TwilioFault,
    certain: boolean,
    wait?: number,
  ): ArrangedFailure => ({
    name,
    kind,
    certain,
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
    arrange: () => {
      peer.fail(fault);
      return () => {
        peer.fail(undefined);
      };
    },
  });

  return {
    parameters: {
      accountSid,
      authToken,
      from: ours,
      apiBaseUrl: peer.baseUrl,
      mediaOrigins: [peer.mediaOrigin],
    },
    secrets: [authToken, Buffer.from(`${accountSid}:${authToken}`).toString('base64')],
    customer: { id: customer as never },
    connected: async (host) => {
      peer.webhookUrl = host.publicUrl;
    },
    customerDoes: {
      text: (body) => sends({ body }),
      media: ({ bytes, mimeType }) => sends({ media: [{ bytes, mimeType }] }),
    },
    repeat: async () => handover(await peer.customerSends(last!)),
    seen: () =>
      peer.sent().map(({ sid, body, media: [media] }): Seen => ({
        id: sid,
        text: body,
        ...(media === undefined ? {} : { media }),
      })),
    failures: [
      failure('429 with Retry-After', 'retry', { status: 429, code: 20429, retryAfter: '7' }, true, 7000),
      failure('500', 'retry', { status: 500 }, false),
      failure('503', 'retry', { status: 503, code: 20503 }, false),
      failure('401', 'unauthorised', { status: 401, code: 20003 }, true),
      failure('opted out', 'optedOut', { status: 400, code: 21610 }, true),
      failure('not a mobile', 'permanent', { status: 400, code: 21614 }, true),
      failure('window closed', 'windowClosed', { status: 400, code: 63016 }, true),
      failure('unknown error', 'permanent', { status: 400, code: 29999 }, true),
      failure('no answer', 'retry', 'silent-before', false),
      failure('no answer after it was taken', 'retry', 'silent-after', false),
    ],
    hostile: (host) =>
      hostileRequests({
        url: host.publicUrl,
        kind: 'form',
        maxBodyBytes: sms.maxBodyBytes!,
        fresh: () => ({
          body: Buffer.from(
            new URLSearchParams({
              MessageSid: `SM${randomBytes(16).toString('hex')}`,
              From: customer,
              To: ours,
              Body: 'hostile',
              NumMedia: '0',
            }).toString(),
          ),
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
        }),
        signed: ({ body }, which) => ({
          'x-twilio-signature': twilio.getExpectedTwilioSignature(
            which === 'right' ? authToken : 'another-token',
            host.publicUrl,
            parametersOf(body),
          ),
        }),
      }),
    openConnections: () => peer.openConnections(),
    stop: () => peer.close(),
  };
}

/** As npm twilio wants them: a repeated name has an array. */
function parametersOf(body: Buffer): Record<string, string | string[]> {
  const form = new URLSearchParams(body.toString());
  return Object.fromEntries([...new Set(form.keys())].map((name) => [name, form.getAll(name)]));
}
