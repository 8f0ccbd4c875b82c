import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import twilio from 'twilio';
import { describe, expect, it } from 'vitest';
import { wireRequest, type WireRequest } from '../../../src/services/application/application-request.ts';
import type { RequestParameters } from '../../../src/services/application/request-parameters.ts';

const secret = `whsec_${randomBytes(32).toString('base64')}`;
const oldSecret = randomBytes(24).toString('base64');
const twilioAuthToken = randomBytes(16).toString('hex');
const application = { format: 'form' as const, secrets: [secret, oldSecret], twilioAuthToken };
const url = 'https://ivr.acme.example/start?x=1';
const about = (): { id: string; now: number } => ({ id: 'call_1', now: Date.now() });

const parameters = fc.dictionary(
  fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,12}$/),
  fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(fc.string()),
  ),
  { maxKeys: 8, noNullPrototype: true },
) as fc.Arbitrary<RequestParameters>;

const headers = (request: WireRequest): Record<string, string> => ({ ...request.headers });

describe('a request to an application', () => {
  it('is verified by npm standardwebhooks with the new secret and with the old one', () => {
    fc.assert(
      fc.property(parameters, fc.constantFrom('form' as const, 'json' as const), (given, format) => {
        const request = wireRequest({ ...application, format }, { url, method: 'POST' }, given, about());
        for (const known of [secret, oldSecret])
          new Webhook(known).verify(request.body ?? '', headers(request), { jsonParse: false });
      }),
    );
  });

  it('is not verified with another body, id or secret', () => {
    const request = wireRequest(
      { ...application, format: 'json' },
      { url, method: 'POST' },
      { A: 'b' },
      about(),
    );
    const verify = (body: string, changed: object, known = secret): void => {
      new Webhook(known).verify(body, { ...headers(request), ...changed });
    };
    expect(() => {
      verify(request.body ?? '', {});
    }).not.toThrow();
    expect(() => {
      verify('{"A":"c"}', {});
    }).toThrow(/signature/i);
    expect(() => {
      verify(request.body ?? '', { 'webhook-id': 'call_2' });
    }).toThrow(/signature/i);
    expect(() => {
      verify(request.body ?? '', {}, `whsec_${randomBytes(32).toString('base64')}`);
    }).toThrow(/signature/i);
  });

  it('as a form is verified by npm twilio', () => {
    fc.assert(
      fc.property(parameters, (given) => {
        const request = wireRequest(application, { url, method: 'POST' }, given, about());
        const form = Object.fromEntries(new URLSearchParams(request.body));
        const signature = headers(request)['x-twilio-signature'] ?? '';
        expect(request.url).toBe(url);
        expect(twilio.validateRequest(twilioAuthToken, signature, request.url, form)).toBe(true);
        expect(twilio.validateRequest(twilioAuthToken, signature, request.url, { ...form, More: '1' })).toBe(
          false,
        );
      }),
    );
  });

  it('by GET carries everything in the query, which npm twilio verifies', () => {
    fc.assert(
      fc.property(parameters, (given) => {
        const request = wireRequest(application, { url, method: 'GET' }, given, about());
        const signature = headers(request)['x-twilio-signature'] ?? '';
        expect(request.body).toBeUndefined();
        expect(twilio.validateRequest(twilioAuthToken, signature, request.url, {})).toBe(true);
        expect(new URL(request.url).searchParams.get('x')).toBe('1');
        for (const name of Object.keys(given)) expect(new URL(request.url).searchParams.has(name)).toBe(true);
      }),
    );
  });

  it('as JSON is verified by npm twilio through the digest in the query', () => {
    const given = { CallSid: 's1', Attributes: { vip: true } };
    const request = wireRequest({ ...application, format: 'json' }, { url, method: 'POST' }, given, about());
    const signature = headers(request)['x-twilio-signature'] ?? '';
    const body = request.body ?? '';
    expect(JSON.parse(body)).toEqual(given);
    expect(twilio.validateRequestWithBody(twilioAuthToken, signature, request.url, body)).toBe(true);
    expect(twilio.validateRequestWithBody(twilioAuthToken, signature, request.url, `${body} `)).toBe(false);
  });

  it('bears the same id each time, and no signature where there is nothing to sign with', () => {
    const bare = { format: 'form' as const, secrets: [] };
    const request = wireRequest(bare, { url, method: 'POST' }, {}, { id: 'call_1', now: 5000 });
    expect(request.headers).toMatchObject({
      'idempotency-key': 'call_1',
      'webhook-id': 'call_1',
      'webhook-timestamp': '5',
    });
    expect(Object.keys(request.headers)).not.toContain('webhook-signature');
    expect(Object.keys(request.headers)).not.toContain('x-twilio-signature');
  });
});
