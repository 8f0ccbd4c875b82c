import type { SentMessage, Twilio } from '../../peers/twilio/twilio.ts';
import { until } from './until.ts';

/** A customer with a mobile phone, on the far side of the stand-in for Twilio. */
export class SmsCustomer {
  readonly number: string;
  readonly #twilio: Twilio;
  readonly #to: string;

  constructor(enterprise: { readonly twilio: Twilio; readonly number: string }, number: string) {
    this.#twilio = enterprise.twilio;
    this.#to = enterprise.number;
    this.number = number;
  }

  /** Gives what Switchboard answered the webhook. @throws {Error} unless that was a 2xx */
  async says(
    body: string,
    more: {
      readonly media?: { readonly bytes: Uint8Array; readonly mimeType: string }[];
      readonly sid?: string;
    } = {},
  ): Promise<string> {
    const { sid, status } = await this.#twilio.customerSends({
      from: this.number,
      to: this.#to,
      body,
      ...more,
    });
    if (status >= 300) throw new Error(`the webhook answered ${String(status)}`);
    return sid;
  }

  /** All that the phone shows, in order. */
  received(): SentMessage[] {
    return this.#twilio.sent().filter(({ to }) => to === this.number);
  }

  texts(): string[] {
    return this.received().map(({ body }) => body);
  }

  /** Waits for a message. A string is its whole text. */
  async gets(fits: string | ((message: SentMessage) => boolean)): Promise<SentMessage> {
    return until(
      `${typeof fits === 'string' ? `“${fits}”` : 'a message'} on the phone ${this.number}`,
      () =>
        this.received().find((message) => (typeof fits === 'string' ? message.body === fits : fits(message))),
      { seen: () => this.texts().slice(-4) },
    );
  }
}
