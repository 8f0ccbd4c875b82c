import { randomUUID } from 'node:crypto';
import { ChannelError } from '../channel.ts';
import type { Clock } from '../../platform/clock.ts';
import { errorCondition } from './stanza-error.ts';
import { element, serialise, type Element } from './xml.ts';

const answerWithinMs = 10_000;

interface Waiting {
  readonly to: string;
  readonly settle: (answer: Element | ChannelError) => void;
}

/** Questions to servers and apps, and their answers. An answer counts only from where the question went. */
export class IqRequests {
  readonly #clock: Clock;
  readonly #write: (text: string) => void;
  readonly #waiting = new Map<string, Waiting>();
  #online = false;

  constructor(clock: Clock, write: (text: string) => void) {
    this.#clock = clock;
    this.#write = write;
  }

  /** The answering stanza. @throws {ChannelError} `permanent` with the peer's condition as reason; `retry` without an answer. */
  async get(from: string, to: string, payload: Element): Promise<Element> {
    if (!this.#online) throw unanswered('the connection to the XMPP server is down');
    const id = `sb-iq-${randomUUID()}`;
    const answer = await new Promise<Element | ChannelError>((resolve) => {
      const cancel = this.#clock.after(answerWithinMs, () => settle(unanswered('no answer in time')));
      const settle = (result: Element | ChannelError) => {
        cancel();
        this.#waiting.delete(id);
        resolve(result);
      };
      this.#waiting.set(id, { to, settle });
      this.#write(serialise(element('iq', { type: 'get', from, to, id }, payload)));
    });
    if (answer instanceof ChannelError) throw answer;
    if (answer.attrs['type'] !== 'error') return answer;
    const reason = errorCondition(answer) ?? 'the question was refused';
    throw new ChannelError({ kind: 'permanent', certain: true, reason });
  }

  /** Whether a stanza is the answer to a question of ours. */
  takes(stanza: Element): boolean {
    const { type, id, from } = stanza.attrs;
    if (type !== 'result' && type !== 'error') return false;
    const waiting = this.#waiting.get(id ?? '');
    if (waiting === undefined || from?.toLowerCase() !== waiting.to.toLowerCase()) return false;
    waiting.settle(stanza);
    return true;
  }

  online(): void {
    this.#online = true;
  }

  offline(): void {
    this.#online = false;
    for (const { settle } of [...this.#waiting.values()])
      settle(unanswered('the connection to the XMPP server was lost'));
  }
}

function unanswered(reason: string): ChannelError {
  return new ChannelError({ kind: 'retry', certain: true, reason });
}
