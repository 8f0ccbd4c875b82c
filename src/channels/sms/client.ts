import { Agent, request } from 'undici';
import { z } from 'zod';
import type { ChannelError } from '../channel.ts';
import { retryAfterMs } from '../retry-after.ts';
import type { Clock } from '../../platform/clock.ts';
import { noAnswer, refusal } from './failures.ts';
import type { SmsParameters } from './parameters.ts';

/** A message as Twilio's API tells of it. */
const messageSchema = z.object({
  sid: z.string().regex(/^[A-Z]{2}[0-9a-fA-F]{32}$/),
  body: z.string().nullish(),
  from: z.string().nullish(),
  num_media: z.string().nullish(),
  direction: z.string().nullish(),
  date_created: z.string().nullish(),
  status: z.string().nullish(),
  error_code: z.number().nullish(),
});
export type TwilioMessage = z.infer<typeof messageSchema>;

const errorSchema = z.object({ code: z.int().optional() });

export interface TwilioClient {
  /** @throws {ChannelError} for this and the following */
  createMessage(fields: URLSearchParams): Promise<TwilioMessage>;
  /** The newest messages to a number, newest first, at most 50. */
  recentMessages(to: string): Promise<readonly TwilioMessage[]>;
  /** The account's status; with the auth token, since an API key may not read it. */
  accountStatus(): Promise<string>;
  /** Aborts what is under way. */
  close(): Promise<void>;
}

/** Answers are small; what is larger is not from Twilio. */
const maxAnswerBytes = 1024 * 1024;

export function basicAuthorisation(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

export function openTwilioClient(parameters: SmsParameters, clock: Clock): TwilioClient {
  const { accountSid, authToken, apiKeySid, apiKeySecret, apiBaseUrl } = parameters;
  const agent = new Agent({ connections: 32, connect: { timeout: 5000 }, maxResponseSize: maxAnswerBytes });
  const withToken = basicAuthorisation(accountSid, authToken);
  const withKey =
    apiKeySid === undefined || apiKeySecret === undefined
      ? withToken
      : basicAuthorisation(apiKeySid, apiKeySecret);
  const account = `${apiBaseUrl}/2010-04-01/Accounts/${accountSid}`;

  async function call(
    method: 'GET' | 'POST',
    url: string,
    authorization: string,
    body?: string,
  ): Promise<unknown> {
    const form = body === undefined ? {} : { body };
    const type = body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
    let status: number;
    let wait: string | string[] | undefined;
    let answer: unknown;
    try {
      const options = { headersTimeout: 15_000, bodyTimeout: 15_000, dispatcher: agent };
      const headers = { accept: 'application/json', authorization, ...type };
      const response = await request(url, { method, headers, ...form, ...options });
      status = response.statusCode;
      wait = response.headers['retry-after'];
      const text = await response.body.text();
      answer = status < 300 ? JSON.parse(text) : parsedOrNothing(text);
    } catch (error) {
      throw noAnswer(error);
    }
    if (status < 300) return answer;
    const code = errorSchema.safeParse(answer).data?.code;
    throw refusal({ status, code, retryAfterMs: retryAfterMs(wait, clock.now()) });
  }

  return {
    createMessage: async (fields) =>
      read(messageSchema, await call('POST', `${account}/Messages.json`, withKey, fields.toString())),
    async recentMessages(to) {
      const query = new URLSearchParams({ To: to, PageSize: '50' });
      const listSchema = z.object({ messages: z.array(messageSchema) });
      return read(listSchema, await call('GET', `${account}/Messages.json?${query.toString()}`, withKey))
        .messages;
    },
    async accountStatus() {
      const { status } = read(
        z.object({ status: z.string() }),
        await call('GET', `${account}.json`, withToken),
      );
      return status;
    },
    close: () => agent.destroy(),
  };
}

function parsedOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @throws {ChannelError} where it is not what Twilio answers; the message may have gone out then. */
function read<T>(schema: z.ZodType<T>, answer: unknown): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  const failure: ChannelError = noAnswer(parsed.error);
  throw failure;
}
