import { usualMaxSize } from '../../directory/tenant.ts';
import type { RequestParameters } from '../../services/application/request-parameters.ts';
import type { ApplicationRequest, Attributes, JsonValue } from '../../services/instruction.ts';
import type { QueuePlace } from '../queue-place.ts';
import type { Draft } from '../draft.ts';
import { languageOf } from '../programme/language-of.ts';

/** What an application is told of the session, whatever it is asked. Names as Twilio has them, docs/integrator.md tells what each means. */
export function sessionParameters(
  draft: Draft,
  request: ApplicationRequest,
  place?: QueuePlace,
): RequestParameters {
  const { state, session, address, contact } = draft;
  const language = languageOf(draft);
  const { attributes = {} } = session;
  return {
    ...(request.event === 'queue' ? aboutWait(draft) : {}),
    ...aboutRequest(request),
    ...(request.event === 'started' && draft.heard !== undefined ? { Body: draft.heard } : {}),
    ...(place === undefined ? {} : aboutPlace(draft, place)),
    Event: request.event,
    AccountSid: state.tenant.id,
    CallSid: session.id,
    From: address.nativeId,
    To: state.line.id,
    Network: state.line.channel,
    CallStatus: request.event === 'ended' ? 'completed' : 'in-progress',
    Direction: 'inbound',
    ...(language === '' ? {} : { Language: language }),
    ...(contact.name === undefined ? {} : { CustomerName: contact.name }),
    ...(Object.keys(attributes).length === 0 ? {} : { Attributes: attributes }),
  };
}

function aboutRequest({ event, parameters = {} }: ApplicationRequest): Attributes {
  if (event !== 'answer') return parameters;
  const [[question, answer] = ['answer', '']] = Object.entries(parameters);
  const words = asText(answer);
  return {
    Question: question,
    Answer: answer,
    Body: words,
    SpeechResult: words,
    ...(/^[\d*#]+$/.test(words) ? { Digits: words } : {}),
  };
}

function asText(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Of a wait that is over. */
function aboutWait({ session, state }: Draft): Attributes {
  const { waitedMs = 0, waitingSince = state.now } = session;
  return { QueueSid: session.queue, QueueTime: seconds(waitedMs + state.now - waitingSince) };
}

function aboutPlace({ state, session, queueEntry }: Draft, place: QueuePlace): Attributes {
  const { position, size, averageWaitMs, available, estimateMs, queue, closed } = place;
  const since = queueEntry?.since ?? session.waitingSince ?? state.now;
  return {
    QueueSid: queue,
    QueuePosition: position,
    QueueTime: seconds(state.now - since),
    AvgQueueTime: seconds(averageWaitMs),
    CurrentQueueSize: size,
    MaxQueueSize: state.tenant.queues.get(queue)?.maxSize ?? usualMaxSize,
    AgentsAvailable: available,
    ...(estimateMs === undefined ? {} : { EstimatedWaitTime: seconds(estimateMs) }),
    ...(closed === undefined ? {} : { QueueOpensAt: openingTime(closed.opensAt) }),
  };
}

/** ISO 8601; empty where nobody knows. */
function openingTime(opensAt: number | undefined): string {
  return opensAt === undefined ? '' : new Date(opensAt).toISOString();
}

/** Whole ones, as Twilio gives them. */
function seconds(ms: number): number {
  return Math.max(0, Math.round(ms / 1000));
}
