import {
  type Address,
  ChannelError,
  type ChannelHost,
  type Connection,
  type Line,
  type Outgoing,
  type Sent,
} from '../channel.ts';
import { as, type DeliveryId } from '../../platform/ids.ts';
import { openTwilioClient, type TwilioMessage } from './client.ts';
import { refusal } from './failures.ts';
import { fetchTwilioMedia } from './media.ts';
import type { SmsParameters } from './parameters.ts';
import { receive } from './receive.ts';
import { openSentLog, optedOutKey } from './sent-log.ts';
import { encodeFields, toTwilio, type TwilioFields } from './to-twilio.ts';

/** Twilio takes a file within minutes; a sender's queue may hold a message for ten hours. */
const linkValidForSeconds = 11 * 3600;

export async function open(line: Line<SmsParameters>, host: ChannelHost): Promise<Connection> {
  const { parameters } = line;
  const client = openTwilioClient(parameters, host.clock);
  const sentLog = openSentLog(host.records, host.clock);
  /** With our own reference: it comes back with each status, also of a message whose id we never heard. */
  const statusCallback = (delivery: DeliveryId): string =>
    `${parameters.webhookUrl ?? host.publicUrl}/status?delivery=${encodeURIComponent(delivery)}`;
  let closed = false;
  let authorised = true;

  function note(failure?: ChannelError): void {
    const nowAuthorised = failure?.kind !== 'unauthorised';
    if (nowAuthorised === authorised) return;
    authorised = nowAuthorised;
    host.report(
      authorised ? { state: 'connected' } : { state: 'unauthorised', reason: failure?.reason ?? '' },
    );
  }

  async function create(
    address: Address,
    outgoing: Outgoing,
    fields: TwilioFields,
    isFirstAttempt: boolean,
  ): Promise<Sent> {
    try {
      const message = await client.createMessage(encodeFields(fields));
      throwIfFailedAtOnce(message);
      await sentLog.succeeded(outgoing.deliveryId, message.sid);
      note();
      return { id: as(message.sid) };
    } catch (error) {
      if (!(error instanceof ChannelError)) throw error;
      note(error);
      // Of a repetition, the mark stays: what is certain of this attempt is not certain of the one before.
      if (error.certain && isFirstAttempt) await sentLog.failed(outgoing.deliveryId);
      if (error.kind === 'optedOut') await host.records.set({ [optedOutKey(address)]: true });
      throw error;
    }
  }

  function fieldsFor(address: Address, outgoing: Outgoing): TwilioFields {
    const linkTo = (media: Parameters<typeof host.media.signedLink>[0]): string =>
      host.media.signedLink(media, linkValidForSeconds);
    return toTwilio(address, outgoing, parameters, statusCallback(outgoing.deliveryId), linkTo);
  }

  async function lookUp(address: Address, outgoing: Outgoing, since: number): Promise<Sent | undefined> {
    const recent = await client.recentMessages(address.id).catch((error: unknown) => {
      throw stillUnclear(error);
    });
    const fields = fieldsFor(address, outgoing);
    const sid = await sentLog.recognise(outgoing.deliveryId, since, fields, recent);
    return sid === undefined ? undefined : { id: as(sid) };
  }

  async function send(address: Address, outgoing: Outgoing): Promise<Sent> {
    if (closed) throw new ChannelError({ kind: 'retry', certain: true, reason: 'the line is closed' });
    const fields = fieldsFor(address, outgoing);
    const before = await sentLog.begin(outgoing.deliveryId);
    if (before.state === 'sent') return { id: as(before.sid) };
    if (before.state === 'unclear') {
      const found = await lookUp(address, outgoing, before.since);
      if (found !== undefined) return found;
    }
    return create(address, outgoing, fields, before.state === 'new');
  }

  async function findSent(address: Address, outgoing: Outgoing): Promise<Sent | undefined> {
    const before = await sentLog.known(outgoing.deliveryId);
    if (before?.state === 'sent') return { id: as(before.sid) };
    return before === undefined ? undefined : lookUp(address, outgoing, before.since);
  }

  host.report({ state: 'connected' });
  return {
    send,
    findSent,
    receive: (request) => receive(request, line, host, sentLog),
    fetchMedia: (reference) => fetchTwilioMedia(reference, parameters, host.media),
    async verify() {
      try {
        const status = await client.accountStatus();
        return status === 'active' ? [] : [`the Twilio account is ${status}`];
      } catch (error) {
        return [error instanceof ChannelError ? error.reason : 'Twilio could not be asked'];
      }
    },
    async close() {
      closed = true;
      await client.close();
    },
  };
}

/** Twilio may take a message and know at once that it fails. */
function throwIfFailedAtOnce({ status, error_code: code }: TwilioMessage): void {
  if (status !== 'failed' && status !== 'undelivered') return;
  throw refusal({ status: 400, code: code ?? undefined, retryAfterMs: undefined });
}

/** Nothing was sent by asking, but what the earlier attempt did is as unknown as before. */
function stillUnclear(error: unknown): unknown {
  if (!(error instanceof ChannelError)) return error;
  const { kind, reason, retryAfterMs } = error;
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  return new ChannelError({ kind, certain: false, reason, ...wait }, { cause: error });
}
