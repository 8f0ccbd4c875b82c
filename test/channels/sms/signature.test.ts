import { createHash } from 'node:crypto';
import fc from 'fast-check';
import twilio from 'twilio';
import { describe, expect, test } from 'vitest';
import { parseForm } from '../../../src/channels/sms/form.ts';
import { hasBodyHash, isSignedByTwilio, twilioSignature } from '../../../src/channels/sms/signature.ts';

const token = 'a-token-of-the-account';
const url = 'https://example.org/channels/sms/acme/line-1';

/** As npm twilio wants them: a repeated name has an array. */
function parametersOf(encoded: string): Record<string, string | string[]> {
  const form = new URLSearchParams(encoded);
  return Object.fromEntries([...new Set(form.keys())].map((name) => [name, form.getAll(name)]));
}

describe("npm twilio's signature is ours", () => {
  test.each([
    ['no parameters', ''],
    ['a usual message', 'MessageSid=SM1&From=%2B15552229999&To=%2B15551110000&Body=Hello+%26+hi&NumMedia=0'],
    ['empty values', 'Body=&ToCity=&From=%2B1'],
    ['names in mixed case', 'b=1&B=2&a=3&A=4&_=5'],
    ['a repeated name', 'Tag=b&Tag=a&Tag=b'],
    ['other scripts and emoji', 'Body=%E3%81%93%E3%82%93%20%F0%9F%98%80&ProfileName=%D7%A9'],
    ['names beyond ASCII', '%C3%A9=1&z=2&%F0%9F%98%80=3'],
  ])('%s', (_name, encoded) => {
    const theirs = twilio.getExpectedTwilioSignature(token, url, parametersOf(encoded));
    expect(twilioSignature(token, url, parseForm(encoded))).toBe(theirs);
    expect(isSignedByTwilio([token], theirs, url, parseForm(encoded))).toBe(true);
  });

  test('for whatever parameters there are', () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .filter((each) => each.isWellFormed() && !/^(?:__proto__|\d+)$/.test(each));
    fc.assert(
      fc.property(fc.array(fc.tuple(name, fc.string({ unit: 'grapheme' }))), (pairs) => {
        const encoded = new URLSearchParams(pairs).toString();
        const theirs = twilio.getExpectedTwilioSignature(token, url, parametersOf(encoded));
        expect(twilioSignature(token, url, parseForm(encoded))).toBe(theirs);
      }),
    );
  });
});

describe('URLs', () => {
  const urls = [
    'https://example.org/hook',
    'https://example.org:443/hook',
    'https://example.org:8443/hook?a=1&b=2',
    'http://example.org/hook?name=O%27Brien',
    "http://example.org:80/hook?name=O'Brien&x=a+b%20c",
    'https://user:password@example.org/hook',
    'https://[2001:db8::1]/hook',
    'https://[2001:db8::1]:9443/hook?x',
    'https://example.org',
    'https://example.org/a b?c d',
  ];

  test('whatever npm twilio takes for a URL, we take, and nothing else', () => {
    const form = parseForm('Body=hi');
    for (const signedUrl of urls) {
      const signature = twilio.getExpectedTwilioSignature(token, signedUrl, { Body: 'hi' });
      for (const calledUrl of urls) {
        const theirs = twilio.validateRequest(token, signature, calledUrl, { Body: 'hi' });
        expect
          .soft(
            isSignedByTwilio([token], signature, calledUrl, form),
            `signed ${signedUrl}, called ${calledUrl}`,
          )
          .toBe(theirs);
      }
    }
  });

  test('with or without the standard port', () => {
    const form = parseForm('Body=hi');
    const signature = twilio.getExpectedTwilioSignature(token, 'https://example.org:443/hook', {
      Body: 'hi',
    });
    expect(isSignedByTwilio([token], signature, 'https://example.org/hook', form)).toBe(true);
    expect(isSignedByTwilio([token], signature, 'https://example.org/hooks', form)).toBe(false);
  });
});

describe('tokens', () => {
  test('either of two is taken while they are being changed, a third is not', () => {
    const form = parseForm('Body=hi');
    const by = (each: string) => twilio.getExpectedTwilioSignature(each, url, { Body: 'hi' });
    expect(isSignedByTwilio([token, 'the-next'], by(token), url, form)).toBe(true);
    expect(isSignedByTwilio([token, 'the-next'], by('the-next'), url, form)).toBe(true);
    expect(isSignedByTwilio([token, 'the-next'], by('a-third'), url, form)).toBe(false);
    expect(isSignedByTwilio([token], undefined, url, form)).toBe(false);
    expect(isSignedByTwilio([token], '', url, form)).toBe(false);
  });
});

describe('bodies that are no form', () => {
  test('are proved by their hash in the signed URL', () => {
    const body = Buffer.from('{"MessageSid":"SM1"}');
    const query = `bodySHA256=${createHash('sha256').update(body).digest('hex')}`;
    expect(hasBodyHash(query, body)).toBe(true);
    expect(hasBodyHash(query, Buffer.concat([body, Buffer.from(' ')]))).toBe(false);
    expect(hasBodyHash('', body)).toBe(false);
    expect(hasBodyHash('bodySHA256=', Buffer.alloc(0))).toBe(false);
    const signature = twilio.getExpectedTwilioSignature(token, `${url}?${query}`, {});
    expect(twilio.validateRequestWithBody(token, signature, `${url}?${query}`, body.toString())).toBe(true);
    expect(isSignedByTwilio([token], signature, `${url}?${query}`, new Map())).toBe(true);
  });
});
