import { derivedId } from '../platform/derived-id.ts';
import type { TenantId } from '../platform/ids.ts';
import { Conflict, defineCollection, put, type Store, type Write } from '../store/store.ts';
import { replayOf, type ApiAnswer } from './api-answer.ts';
import type { Problem } from './problem.ts';
import { Refusal } from './refusal.ts';

/** What became of a write that had a key. Id: derived from the key. */
interface KeptAnswer {
  /** Fingerprint of the request. */
  readonly request: string;
  readonly at: number;
  readonly answer?: ApiAnswer;
  readonly refusal?: Problem;
}
export const keptAnswers = defineCollection<KeptAnswer>('rest-answers', { byAge: ['at'] });

/** How long a key stands for its answer. */
export const answersKeptMs = 24 * 3_600_000;
const longestKey = 255;
const longestAnswer = 64 * 1024;

/** A request that writes. */
export interface WriteRequest {
  readonly tenant: TenantId;
  /** The request's `Idempotency-Key`; without one nothing is remembered. */
  readonly key: string | undefined;
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly body: Uint8Array;
}

/**
 * What an action adds to the commit that makes its effect: nobody can then have the one without the other, and of two at once the store
 * refuses one. An action whose effect is not in one commit with these writes may have it twice.
 */
export type Keep = (answer: ApiAnswer) => readonly Write[];

export interface Idempotency {
  /**
   * Runs the action, unless the key's answer is known: then that is given again, its {@link Refusal} too. Where the action may have failed
   * half way (whatever else it throws), nothing is remembered.
   * @throws {Refusal} 409 where the key was used for another request, 400 where it is none; and whatever the action throws
   */
  once(request: WriteRequest, action: (keep: Keep) => Promise<ApiAnswer>): Promise<ApiAnswer>;
}

export function createIdempotency({
  store,
  now,
}: {
  readonly store: Store;
  readonly now: () => number;
}): Idempotency {
  return {
    async once(request, action) {
      if (request.key === undefined) return action(() => []);
      const { tenant } = request;
      const id = derivedId('rest-key', mustBeKey(request.key));
      const fingerprint = fingerprintOf(request);
      const read = async () => store.get(tenant, keptAnswers, id);
      const before = await read();
      if (before !== undefined && isFresh(before.value, now())) return again(before.value, fingerprint);

      const keepAs = (outcome: Pick<KeptAnswer, 'answer' | 'refusal'>): readonly Write[] => {
        const kept: KeptAnswer = { request: fingerprint, at: now(), ...outcome };
        const bytes = Buffer.byteLength(JSON.stringify(kept));
        if (bytes > longestAnswer) throw new RangeError(`an answer of ${bytes} bytes is too long to be kept`);
        return [put(keptAnswers, id, kept, before?.version ?? 'absent')];
      };
      /** What somebody kept under the key since we looked. */
      const meanwhile = async (): Promise<KeptAnswer | undefined> => {
        const after = await read();
        return after === undefined || after.version === before?.version ? undefined : after.value;
      };

      const outcome = await action((answer) => keepAs({ answer })).then(
        (answer) => ({ answer }),
        (error: unknown) => {
          if (error instanceof Conflict || error instanceof Refusal) return { error };
          throw error;
        },
      );
      const known = await meanwhile();
      if ('answer' in outcome) {
        if (known === undefined) await keepAlone(tenant, keepAs(outcome));
        return outcome.answer;
      }
      const { error } = outcome;
      // Somebody else was faster, so ours had no effect: their answer counts.
      if (known !== undefined) return again(known, fingerprint);
      if (!(error instanceof Refusal) || error.problem.status >= 500) throw error;
      if (await keepAlone(tenant, keepAs({ refusal: error.problem }))) throw error;
      const first = await meanwhile();
      if (first === undefined) throw error;
      return again(first, fingerprint);
    },
  };

  /** False where another answer is there already. */
  async function keepAlone(tenant: TenantId, writes: readonly Write[]): Promise<boolean> {
    try {
      await store.commit(tenant, writes);
      return true;
    } catch (error) {
      if (error instanceof Conflict) return false;
      throw error;
    }
  }
}

function isFresh({ at }: KeptAnswer, now: number): boolean {
  return now - at < answersKeptMs;
}

function again({ request, answer, refusal }: KeptAnswer, fingerprint: string): ApiAnswer {
  if (request !== fingerprint) {
    throw new Refusal({
      status: 409,
      title: 'Conflict',
      detail: 'Idempotency-Key: it was used for another request; expected a new one.',
    });
  }
  if (refusal !== undefined) throw new Refusal(replayOf(refusal));
  if (answer === undefined) throw new Error('an answer was kept that is none');
  return replayOf(answer);
}

function fingerprintOf({ method, path, body }: WriteRequest): string {
  return derivedId('rest-request', method, path, Buffer.from(body).toString('base64'));
}

/** Printable ASCII, as headers can carry it, blanks within. */
const keyPattern = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

function mustBeKey(key: string): string {
  if (key.length <= longestKey && keyPattern.test(key)) return key;
  throw new Refusal({
    status: 400,
    title: 'Bad Request',
    detail: `Idempotency-Key: expected 1 to ${longestKey} printable ASCII characters.`,
  });
}
