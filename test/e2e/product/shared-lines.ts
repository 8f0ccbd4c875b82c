import type { RunningProsody } from '../../../dev/prosody/start-prosody.ts';
import { startTwilio, type Twilio } from '../../peers/twilio/twilio.ts';
import { componentSecret, smsLine, xmppLine } from './enterprise.ts';

/** Lines that all tenants of a rig share: a phone number, and a domain of the XMPP server where there is one. */
export interface SharedLines {
  readonly twilio: Twilio;
  readonly number: string;
  readonly operatorToken: string;
  /** What must not be in any log. */
  readonly secrets: readonly string[];
  /** For the config file: the lines, and what each tenant says of them. */
  readonly lines: object;
  readonly uses: object;
}

export const sharedDomain = 'city.localhost';
const use = { queue: 'support' };

export async function startSharedLines(
  publicUrl: string,
  prosody: RunningProsody | undefined,
): Promise<SharedLines> {
  const account = { accountSid: `AC${'9'.repeat(32)}`, authToken: 'auth token of the shared number' };
  const number = '+15551119999';
  const operatorToken = 'operator-token-of-the-shared-lines';
  const twilio = await startTwilio({ ...account, webhookUrl: `${publicUrl}/channels/sms/shared/number` });
  const city = prosody === undefined ? {} : { city: withoutQueue(xmppLine(sharedDomain, prosody)) };
  return {
    twilio,
    number,
    operatorToken,
    secrets: [account.authToken, operatorToken, componentSecret],
    lines: { number: withoutQueue(smsLine(account, number, twilio)), ...city },
    uses: { number: use, ...(prosody === undefined ? {} : { city: use }) },
  };
}

function withoutQueue({ queue: _, ...line }: { readonly queue: string }): object {
  return line;
}
