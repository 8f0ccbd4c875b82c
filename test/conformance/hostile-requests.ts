import { expect } from 'vitest';
import type { HostileAct } from './channel-harness.ts';

/** A request of the network to a webhook, before it is signed. */
export interface WebhookRequest {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** What {@link hostileRequests} needs to know of a network with webhooks. */
export interface WebhookFormat {
  readonly url: string;
  /** A good request that was never sent before. */
  fresh(): WebhookRequest;
  /** Signs as the network does; `'another'`: with a secret that is not the line's. */
  signed(request: WebhookRequest, secret: 'right' | 'another'): Readonly<Record<string, string>>;
  readonly kind: 'json' | 'form';
  readonly maxBodyBytes: number;
}

/** What strangers and broken networks post to a webhook. Each must be answered with a clear 4xx (or be taken, where it is only odd). */
export function hostileRequests(format: WebhookFormat): HostileAct[] {
  const { kind } = format;
  const post = async (
    request: WebhookRequest,
    signature: Readonly<Record<string, string>>,
  ): Promise<Response> =>
    fetch(format.url, {
      method: 'POST',
      headers: { ...request.headers, ...signature },
      body: new Uint8Array(request.body),
    });
  const refused = (name: string, make: () => Promise<Response>, statuses: readonly number[]): HostileAct => ({
    name,
    run: async () => {
      const response = await make();
      expect(statuses, name).toContain(response.status);
      expect(await response.text(), name).not.toMatch(/\bat .*:\d+:\d+/);
    },
  });
  const odd = (name: string, change: (body: string) => string | Buffer): HostileAct => ({
    name,
    mayGiveEvents: true,
    run: async () => {
      const request = withBody(format.fresh(), change(format.fresh().body.toString()));
      const response = await post(request, format.signed(request, 'right'));
      expect(response.status, name).toBeLessThan(500);
    },
  });
  const wellSigned = (name: string, change: (body: string) => string | Buffer): HostileAct =>
    refused(name, () => {
      const request = withBody(format.fresh(), change(format.fresh().body.toString()));
      return post(request, format.signed(request, 'right'));
    }, [400, 413, 422]);

  return [
    refused('unsigned', () => post(format.fresh(), {}), [401, 403]),
    refused(
      'signed with another secret',
      () => {
        const request = format.fresh();
        return post(request, format.signed(request, 'another'));
      },
      [401, 403],
    ),
    refused(
      'changed after it was signed',
      () => {
        const request = format.fresh();
        const longer = withBody(
          request,
          Buffer.concat([request.body, Buffer.from(kind === 'form' ? '&X=1' : ' ')]),
        );
        return post(longer, format.signed(request, 'right'));
      },
      [401, 403],
    ),
    refused(
      'truncated on the way',
      () => {
        const request = format.fresh();
        return post(withBody(request, request.body.subarray(0, -5)), format.signed(request, 'right'));
      },
      [401, 403],
    ),
    refused(
      'with signature headers that are no signatures',
      () => {
        const request = format.fresh();
        const names = Object.keys(format.signed(request, 'right'));
        return post(request, Object.fromEntries(names.map((name) => [name, '='.repeat(5000)])));
      },
      [401, 403],
    ),
    wellSigned('oversized', (body) => body + ' '.repeat(format.maxBodyBytes)),
    wellSigned('empty', () => ''),
    wellSigned('no UTF-8', () => Buffer.from([0xff, 0xfe, 0x00, 0x80, 0xc3])),
    ...(kind === 'json' ? jsonActs(wellSigned, odd) : formActs(wellSigned, odd)),
  ];
}

type Act = (name: string, change: (body: string) => string | Buffer) => HostileAct;

function jsonActs(refused: Act, odd: Act): HostileAct[] {
  const changed = (change: (fields: Record<string, unknown>) => void) => (body: string) => {
    const fields = JSON.parse(body) as Record<string, unknown>;
    change(fields);
    return JSON.stringify(fields);
  };
  return [
    refused('truncated before it was signed', (body) => body.slice(0, -2)),
    refused('deeply nested', () => '['.repeat(50_000) + ']'.repeat(50_000)),
    refused('deeply nested in each field', (body) =>
      body.replaceAll(/"[^"]*"(?=[,}])/g, () => '{"a":'.repeat(2000) + '1' + '}'.repeat(2000)),
    ),
    refused('an array', (body) => `[${body}]`),
    refused('null', () => 'null'),
    ...[1, null, true, [], {}].map((wrong) =>
      refused(`wrong-typed: ${JSON.stringify(wrong)}`, (body) =>
        changed((fields) => {
          for (const name of Object.keys(fields)) fields[name] = wrong;
        })(body),
      ),
    ),
    refused('with lone surrogates', (body) => body.replaceAll(/"(?=[,}])/g, '\\ud800"')),
    refused('with __proto__', (body) => body.replace('{', '{"__proto__":{"polluted":1},')),
    refused('with constructor.prototype', (body) =>
      body.replace('{', '{"constructor":{"prototype":{"polluted":1}},'),
    ),
    odd('with duplicate keys', (body) => body.replace('{', `${body.slice(0, -1)},`)),
  ];
}

function formActs(refused: Act, odd: Act): HostileAct[] {
  return [
    refused('nothing but separators', () => '&&&===&&'),
    refused('thousands of parameters', (body) => body + '&a=1'.repeat(20_000)),
    odd('with damaged percent signs', (body) => `${body}&x=%&y=%zz&z=%E0%A4`),
    odd('with surrogates in percent signs', (body) => `${body}&x=%ED%A0%80`),
    odd(
      'with __proto__',
      (body) => `${body}&__proto__=1&__proto__[polluted]=1&constructor[prototype][polluted]=1`,
    ),
    odd('with duplicate keys', (body) => `${body}&${body}`),
    odd('with an endless number of attachments', (body) => `${body}&NumMedia=999999999999`),
  ];
}

function withBody(request: WebhookRequest, body: string | Buffer): WebhookRequest {
  return { ...request, body: typeof body === 'string' ? Buffer.from(body) : body };
}
