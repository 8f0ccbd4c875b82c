import { ChannelError, type MediaAccess, type OpenMedia } from '../channel.ts';
import { basicAuthorisation } from './client.ts';
import type { SmsParameters } from './parameters.ts';

/** Where Twilio keeps media, whatever region the API is called in. */
const twilioApi = 'https://api.twilio.com';
/** More than any message of Twilio's carries. */
const maxBytes = 20 * 1024 * 1024;

/**
 * The bytes at a MediaUrl. The credentials go to Twilio's API only: from there it redirects to a store that is not to see
 * them. Only URLs of Twilio and of the operator's own origins are followed. @throws {ChannelError}
 */
export async function fetchTwilioMedia(
  url: string,
  parameters: SmsParameters,
  media: MediaAccess,
): Promise<OpenMedia> {
  const { apiBaseUrl, mediaOrigins, accountSid, authToken, apiKeySid, apiKeySecret } = parameters;
  const api = new URL(apiBaseUrl).origin;
  const own = [api, ...mediaOrigins.map((each) => new URL(each).origin)];
  if (!isTwilios(url, own)) {
    throw new ChannelError({ kind: 'permanent', certain: true, reason: 'the file is not at Twilio' });
  }
  const authorization =
    apiKeySid === undefined || apiKeySecret === undefined
      ? basicAuthorisation(accountSid, authToken)
      : basicAuthorisation(apiKeySid, apiKeySecret);
  return media.fetch(url, {
    headers: { authorization },
    headersFor: [api, twilioApi],
    trustedOrigins: own,
    maxBytes,
  });
}

function isTwilios(url: string, own: readonly string[]): boolean {
  const parsed = URL.parse(url);
  if (parsed === null) return false;
  const isPublic = parsed.protocol === 'https:' && /(?:^|\.)(?:twilio|twiliocdn)\.com$/.test(parsed.hostname);
  return isPublic || own.includes(parsed.origin);
}
