import { setTimeout as sleep } from 'node:timers/promises';
import { tenantName } from './switchboard.ts';
import type { Customers } from './customers.ts';
import { Latencies } from './quantiles.ts';

export interface WebhookLoadOptions {
  readonly customers: Customers;
  readonly tenants: number;
  readonly conversations: number;
  readonly seconds: number;
  /** Webhooks a second that are offered whatever happens; without it, as many as `mostUnderWay` clients get answered, who wait as long as a refusal tells them. */
  readonly perSecond?: number;
  /** What would be more is not sent. */
  readonly mostUnderWay: number;
}

export interface WebhookResult {
  readonly perSecond: number;
  readonly taken: Latencies;
  /** 429, 503. */
  readonly refused: Latencies;
  /** Refused without a Retry-After. */
  readonly withoutRetryAfter: number;
  /** Any other answer, or none. */
  readonly failed: number;
  readonly notSent: number;
}

let run = 0;

/** Signed webhooks with fresh ids, over the conversations of all tenants in turn; each is timed from before it is sent to its answer. */
export async function runWebhooks(options: WebhookLoadOptions): Promise<WebhookResult> {
  const { customers, conversations, tenants, seconds, perSecond, mostUnderWay } = options;
  const mark = `w${String((run += 1))}. ${'Where is my order? '.repeat(5)}`;
  const taken = new Latencies();
  const refused = new Latencies();
  let withoutRetryAfter = 0;
  let failed = 0;
  let notSent = 0;
  let number = 0;

  /** Gives the seconds after which it may come again. */
  const one = async (): Promise<number> => {
    const conversation = (number += 1) % conversations;
    const at = performance.now();
    const answer = await customers
      .post(tenantName(conversation % tenants), conversation, mark)
      .catch(() => undefined);
    const took = performance.now() - at;
    if (answer === undefined) failed += 1;
    else if (answer.status < 300) taken.add(took);
    else if (answer.status === 429 || answer.status === 503) {
      refused.add(took);
      if (answer.retryAfter === undefined) withoutRetryAfter += 1;
    } else failed += 1;
    return Number(answer?.retryAfter ?? 0);
  };

  const began = performance.now();
  const elapsed = (): number => (performance.now() - began) / 1000;
  if (perSecond === undefined) {
    const client = async (): Promise<void> => {
      while (elapsed() < seconds) await sleep((await one()) * 1000);
    };
    await Promise.all(Array.from({ length: mostUnderWay }, client));
  } else {
    const underWay = new Set<Promise<unknown>>();
    let due = 0;
    while (elapsed() < seconds) {
      await sleep(1);
      for (; due < elapsed() * perSecond; due += 1) {
        if (underWay.size >= mostUnderWay) {
          notSent += 1;
          continue;
        }
        const sent: Promise<unknown> = one().finally(() => {
          underWay.delete(sent);
        });
        underWay.add(sent);
      }
    }
    await Promise.all(underWay);
  }
  return { perSecond: taken.count / elapsed(), taken, refused, withoutRetryAfter, failed, notSent };
}
