import { createHmac, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import twilio from 'twilio';
import { BalancedPool, Pool } from 'undici';
import { readAll } from './lean-homeserver.ts';
import { RecentAnswers } from './recent-answers.ts';

export type Network = 'loopback' | 'sms';
export const networks: readonly Network[] = ['loopback', 'sms'];

/** The customers of all tenants on one network: they send signed webhooks, and take what Switchboard sends. */
export interface Customers {
  /** Of the line in the config file. */
  readonly parameters: (tenant: string) => object;
  /** Resolves when the webhook is acknowledged. */
  says(tenant: string, customer: number, text: string): Promise<void>;
  /** Says it, and tells how that was answered. */
  post(tenant: string, customer: number, text: string): Promise<WebhookAnswer>;
  onTold(listener: (tenant: string, customer: number, text: string) => void): void;
  close(): Promise<void>;
}

export interface WebhookAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
}

/** As in the config file. */
export const lineName: Readonly<Record<Network, string>> = { loopback: 'loop', sms: 'text' };

/** Of the webhooks. */
export const secret = 'the secret of the benchmarks';
const accountSid = `AC${'b'.repeat(32)}`;
const firstNumber = 15_550_000_000;
const ours = (tenant: string): string => `+1444000${tenant.slice(1).padStart(4, '0')}`;

/**
 * @param httpPorts of the replicas, who get the webhooks in turn
 * @param connections of each tenant to each of them, at most
 */
export async function startCustomers(
  network: Network,
  httpPorts: readonly [number, ...number[]],
  connections = 64,
): Promise<Customers> {
  const origins = httpPorts.map((port) => `http://127.0.0.1:${String(port)}`);
  const [origin = ''] = origins;
  /** One a tenant: in a shared one, the customers of one would wait behind the other's before they ever left. */
  const pools = new Map<string, Pool | BalancedPool>();
  const newPool = (): Pool | BalancedPool =>
    origins.length === 1
      ? new Pool(origin, { connections })
      : new BalancedPool(origins, { factory: (each) => new Pool(each, { connections }) });
  const poolOf = (tenant: string): Pool | BalancedPool => {
    const pool = pools.get(tenant) ?? newPool();
    pools.set(tenant, pool);
    return pool;
  };
  const listeners: ((tenant: string, customer: number, text: string) => void)[] = [];
  const tell = (tenant: string, customer: number, text: string): void => {
    for (const listener of listeners) listener(tenant, customer, text);
  };
  const taken = new RecentAnswers<true>(20_000);
  let count = 0;
  const run = Date.now().toString(36);

  const server = createServer((request, response) => {
    readAll(request, (body) => {
      let answer = '{}';
      if (network === 'loopback') {
        const said = JSON.parse(body.toString()) as { id: string; to: string; text?: string };
        // Loopback's networks know a message by its id, and take it once.
        taken.answer(said.id, () => {
          tell((request.url ?? '').slice(1), Number(said.to), said.text ?? '');
          return true;
        });
      } else {
        const form = new URLSearchParams(body.toString());
        const tenant = `t${String(Number((form.get('From') ?? '').slice(-4)))}`;
        tell(tenant, Number(form.get('To')) - firstNumber, form.get('Body') ?? '');
        answer = JSON.stringify({ sid: `SM${randomBytes(16).toString('hex')}`, status: 'queued' });
      }
      response.writeHead(network === 'sms' ? 201 : 200, {
        'content-type': 'application/json',
        'content-length': answer.length,
      });
      response.end(answer);
    });
  });
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const peer = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;

  const loopbackRequest = (tenant: string, customer: number, text: string) => {
    const path = `/channels/loopback/${tenant}/${lineName.loopback}/messages`;
    const body = JSON.stringify({
      type: 'text',
      id: `${run}-${String((count += 1))}`,
      from: String(customer),
      text,
    });
    const signature = createHmac('sha256', secret).update(`POST\n${path}\n`).update(body).digest('hex');
    return { path, body, headers: { 'x-loopback-signature': signature, 'content-type': 'application/json' } };
  };
  const smsRequest = (tenant: string, customer: number, text: string) => {
    const path = `/channels/sms/${tenant}/${lineName.sms}`;
    const sid = `SM${run}${String((count += 1)).padStart(32 - run.length, '0')}`.replace(/[^SM0-9a-f]/g, '7');
    const fields = {
      ToCountry: 'US',
      FromCountry: 'US',
      SmsMessageSid: sid,
      SmsSid: sid,
      MessageSid: sid,
      AccountSid: accountSid,
      From: `+${String(firstNumber + customer)}`,
      To: ours(tenant),
      Body: text,
      NumMedia: '0',
      NumSegments: '1',
      SmsStatus: 'received',
      ApiVersion: '2010-04-01',
    };
    const signature = twilio.getExpectedTwilioSignature(secret, `${origin}${path}`, fields);
    const body = new URLSearchParams(fields).toString();
    return {
      path,
      body,
      headers: { 'x-twilio-signature': signature, 'content-type': 'application/x-www-form-urlencoded' },
    };
  };

  const post: Customers['post'] = async (tenant, customer, text) => {
    const request =
      network === 'loopback' ? loopbackRequest(tenant, customer, text) : smsRequest(tenant, customer, text);
    const answer = await poolOf(tenant).request({ method: 'POST', ...request });
    await answer.body.dump();
    const retryAfter = answer.headers['retry-after'];
    return { status: answer.statusCode, retryAfter: Array.isArray(retryAfter) ? retryAfter[0] : retryAfter };
  };

  return {
    parameters: (tenant) =>
      network === 'loopback'
        ? { secret, callbackUrl: `${peer}/${tenant}` }
        : { accountSid, authToken: secret, from: ours(tenant), apiBaseUrl: peer },
    async says(tenant, customer, text) {
      const { status } = await post(tenant, customer, text);
      if (status >= 300) throw new Error(`the webhook answered ${String(status)}`);
    },
    post,
    onTold: (listener) => listeners.push(listener),
    async close() {
      await Promise.all([...pools.values()].map(async (pool) => pool.destroy()));
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
