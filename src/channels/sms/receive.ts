import { z } from 'zod';
import type { ChannelEvent, ChannelHost, ChannelReply, ChannelRequest, Line } from '../channel.ts';
import { as, type DeliveryId } from '../../platform/ids.ts';
import { BadForm, type Form, parseForm, parseJsonForm } from './form.ts';
import { fromTwilio, type IncomingMessage, readForm, receiptOf } from './from-twilio.ts';
import { consentIn } from './keywords.ts';
import type { SmsParameters } from './parameters.ts';
import { optedOutKey, type SentLog } from './sent-log.ts';
import { hasBodyHash, isSignedByTwilio, signatureHeader } from './signature.ts';

/** What Twilio takes as "nothing to say": anything else could become a message to the customer. */
const nothingToSay: ChannelReply = {
  status: 200,
  headers: { 'content-type': 'text/xml' },
  body: '<?xml version="1.0" encoding="UTF-8"?><Response></Response>',
};

/** Answers Twilio's webhooks, messages and statuses alike, under any path below the line's own. */
export async function receive(
  request: ChannelRequest,
  line: Line<SmsParameters>,
  host: ChannelHost,
  sentLog: Pick<SentLog, 'known' | 'succeeded'>,
): Promise<ChannelReply> {
  if (request.method !== 'POST' && request.method !== 'GET') return refuse(405, 'POST or GET');
  try {
    const form = verifiedForm(request, line, host);
    if (form === undefined)
      return refuse(403, 'X-Twilio-Signature does not fit the URL, the parameters and the token');
    const events = await eventsOf(form, line, host, request.query);
    await noteSent(events, sentLog);
    // A rejection goes up and becomes a 503, on which Twilio calls again or turns to the fallback URL.
    if (events.length > 0) await host.accept(events);
    await forgetOptOut(events, host);
    return nothingToSay;
  } catch (error) {
    if (error instanceof BadForm) return refuse(400, error.message);
    if (error instanceof z.ZodError) return refuse(400, z.prettifyError(error));
    throw error;
  }
}

/** The parameters, once the signature is proved; undefined where it is not. @throws {BadForm} */
function verifiedForm(
  request: ChannelRequest,
  line: Line<SmsParameters>,
  { publicUrl, clock }: Pick<ChannelHost, 'publicUrl' | 'clock'>,
): Form | undefined {
  const { method, path, query, headers, body } = request;
  const url = `${line.parameters.webhookUrl ?? publicUrl}${path}${query === '' ? '' : `?${query}`}`;
  const tokens = tokensOf(line, clock.now());
  const isSigned = (form: Form): boolean => isSignedByTwilio(tokens, headers[signatureHeader], url, form);
  if (method === 'GET') return isSigned(new Map()) ? parseForm(query) : undefined;
  const isForm = (headers['content-type'] ?? '')
    .toLowerCase()
    .startsWith('application/x-www-form-urlencoded');
  if (isForm) {
    const form = parseForm(body.toString());
    return isSigned(form) ? form : undefined;
  }
  return isSigned(new Map()) && hasBodyHash(query, body) ? parseJsonForm(body) : undefined;
}

/** What Twilio may have signed with. */
function tokensOf({ parameters, previous }: Line<SmsParameters>, now: number): string[] {
  const taken =
    previous !== undefined && now < previous.until ? [parameters, previous.parameters] : [parameters];
  return taken
    .flatMap(({ authToken, secondaryAuthToken }) => [authToken, secondaryAuthToken])
    .filter((token) => token !== undefined);
}

async function eventsOf(
  form: Form,
  line: Line<SmsParameters>,
  host: ChannelHost,
  query: string,
): Promise<ChannelEvent[]> {
  const read = readForm(form);
  const now = host.clock.now();
  if ('status' in read) return receiptOf(read.status, line.parameters, now, referenceIn(query));
  const events = fromTwilio(read.message, form, line.parameters, line.id, now);
  return [...(await consentOf(read.message, events, line.parameters, host)), ...events];
}

/** What we gave Twilio with the message. Signed with the rest of the URL. */
function referenceIn(query: string): DeliveryId | undefined {
  const delivery = new URLSearchParams(query).get('delivery');
  return delivery === null || !/^[\x21-\x7e]{1,64}$/.test(delivery) ? undefined : as(delivery);
}

/** The answer that would have told the id was lost: a repetition of the delivery must find it. */
async function noteSent(
  events: readonly ChannelEvent[],
  sentLog: Pick<SentLog, 'known' | 'succeeded'>,
): Promise<void> {
  for (const event of events) {
    if (event.kind !== 'receipt' || event.delivery === undefined) continue;
    const before = await sentLog.known(event.delivery);
    if (before?.state === 'unclear') await sentLog.succeeded(event.delivery, event.target);
  }
}

/** The consent event before the message, so that whatever answers the message knows of it. */
async function consentOf(
  message: IncomingMessage,
  events: readonly ChannelEvent[],
  parameters: SmsParameters,
  host: ChannelHost,
): Promise<ChannelEvent[]> {
  const [first] = events;
  if (first === undefined) return [];
  const key = optedOutKey(first.from);
  const hadOptedOut = (await host.records.get(key)) === true;
  const consent = consentIn(message.Body, message.OptOutType, parameters, hadOptedOut);
  if (consent === undefined) return [];
  // The mark first: should accepting fail, the repetition finds it as it would have been.
  if (consent === 'optedOut') await host.records.set({ [key]: true });
  const { from, at } = first;
  return [
    { kind: 'consent', id: `${message.MessageSid}.consent`, from, consent, keyword: message.Body.trim(), at },
  ];
}

/** Only now: until the event is kept, a repeated YES must still count. */
async function forgetOptOut(events: readonly ChannelEvent[], host: ChannelHost): Promise<void> {
  for (const event of events) {
    if (event.kind !== 'consent' || event.consent !== 'optedIn') continue;
    await host.records.set({ [optedOutKey(event.from)]: undefined });
  }
}

function refuse(status: number, why: string): ChannelReply {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: `${why}\n` };
}
