import type { ChannelReply } from '../channel.ts';

export interface FieldError {
  /** Path to the field in the body, such as `replyTo`, or the name of a header. */
  readonly field: string;
  readonly message: string;
}

/** A request that is refused, as RFC 9457 has it. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly title: string;
  readonly errors: readonly FieldError[] | undefined;
  readonly retryAfterSeconds: number | undefined;
  constructor(
    status: number,
    title: string,
    more: { readonly errors?: readonly FieldError[]; readonly retryAfterSeconds?: number } = {},
  ) {
    super(title);
    this.status = status;
    this.title = title;
    this.errors = more.errors;
    this.retryAfterSeconds = more.retryAfterSeconds;
  }

  static field(field: string, message: string): Problem {
    return new Problem(422, 'The request has a mistake.', { errors: [{ field, message }] });
  }

  toReply(): ChannelReply {
    return {
      status: this.status,
      headers: {
        'content-type': 'application/problem+json',
        ...(this.retryAfterSeconds === undefined ? {} : { 'retry-after': String(this.retryAfterSeconds) }),
      },
      body: JSON.stringify({
        type: 'about:blank',
        title: this.title,
        status: this.status,
        ...(this.errors === undefined ? {} : { errors: this.errors }),
      }),
    };
  }
}
