import type { Application } from '../../directory/application.ts';
import { asForm, type RequestParameters } from './request-parameters.ts';
import { bodyDigest, standardSignature, twilioSignature } from './signatures.ts';
import type { HttpMethod } from './url-method.ts';

/** A request as it goes over the wire. */
export interface WireRequest {
  readonly url: string;
  readonly method: HttpMethod;
  /** Absent with GET: then everything stands in the URL. */
  readonly body?: string;
  readonly headers: Readonly<Record<string, string>>;
}

const accepted = 'application/json, text/xml;q=0.9, application/xml;q=0.9, text/plain;q=0.5, audio/*;q=0.1';

/**
 * What is sent to an application. `id` names the call: it is the same each time the call is tried, so that the application can tell a second
 * time from a second call. `now`: milliseconds.
 */
export function wireRequest(
  application: Pick<Application, 'format' | 'secrets' | 'twilioAuthToken'>,
  to: { readonly url: string; readonly method: HttpMethod },
  parameters: RequestParameters,
  { id, now }: { readonly id: string; readonly now: number },
): WireRequest {
  const { url, method } = to;
  const at = Math.floor(now / 1000);
  const sent = method === 'GET' ? inQuery(url, parameters) : inBody(application.format, url, parameters);
  const body = 'body' in sent ? sent.body : '';
  const { secrets, twilioAuthToken } = application;
  const signed = twilioAuthToken === undefined ? sent : withTwilioSignature(sent, twilioAuthToken);
  return {
    url: signed.url,
    method,
    ...('body' in sent ? { body: sent.body } : {}),
    headers: {
      accept: accepted,
      'idempotency-key': id,
      'webhook-id': id,
      'webhook-timestamp': String(at),
      ...(secrets.length === 0 ? {} : { 'webhook-signature': standardSignature(secrets, { id, at, body }) }),
      ...signed.headers,
    },
  };
}

interface Sent {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** What `body` is made of where it is a form. */
  readonly form?: Readonly<Record<string, string>>;
}

function inQuery(url: string, parameters: RequestParameters): Sent {
  const full = new URL(url);
  for (const [name, value] of Object.entries(asForm(parameters))) full.searchParams.append(name, value);
  return { url: full.href, headers: {} };
}

function inBody(format: Application['format'], url: string, parameters: RequestParameters): Sent {
  if (format === 'json')
    return { url, headers: { 'content-type': 'application/json' }, body: JSON.stringify(parameters) };
  const form = asForm(parameters);
  return {
    url,
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body: new URLSearchParams(form).toString(),
    form,
  };
}

function withTwilioSignature({ url, headers, body, form }: Sent, authToken: string): Sent {
  const full = new URL(url);
  if (body !== undefined && form === undefined) full.searchParams.append('bodySHA256', bodyDigest(body));
  const signature = twilioSignature(authToken, full.href, form);
  return { url: full.href, headers: { ...headers, 'x-twilio-signature': signature } };
}
