import type { Clock } from '../../platform/clock.ts';
import { derivedId } from '../../platform/derived-id.ts';
import type { TenantId } from '../../platform/ids.ts';
import type { Logger } from '../../platform/log.ts';
import type { Accept } from '../../delivery/accept.ts';
import { DeliveryFailure, type Taken } from '../../delivery/delivery.ts';
import type { RetryRules } from '../../delivery/retry-policy.ts';
import { retryAfterMs } from '../../channels/retry-after.ts';
import type { GuardedFetch } from '../../media/guarded-fetch.ts';
import { MediaError } from '../../media/media-error.ts';
import { SecretUnreadable, type SecretBox } from '../../secrets/secret-box.ts';
import { put, remove, type Store, type Stored } from '../../store/store.ts';
import type { ConversationEvent } from '../conversation-event.ts';
import { eventLog, shownEvent } from './event-log.ts';
import { eventsKey } from './happening.ts';
import { hookPlace, hooks, hookTroubles, type Hook, type HookOperation } from './hook.ts';
import { signedHeaders } from './signature.ts';

/** Over four days, with waits that grow to six hours: a receiver may be away for a weekend. */
export const hookRetryRules: RetryRules = {
  baseMs: 5_000,
  capMs: 6 * 3_600_000,
  slowBaseMs: 5_000,
  slowCapMs: 6 * 3_600_000,
  maximumAgeMs: 4 * 86_400_000,
};
/** A receiver that has taken nothing for so long is told nothing any more, until somebody enables the webhook again. */
export const disabledAfterMs = 5 * 86_400_000;
const timeoutMs = 15_000;
const longestAnswer = 64 * 1024;

export interface HookTransportOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly box: SecretBox;
  readonly fetch: GuardedFetch;
  readonly accept: Accept<ConversationEvent>;
  /** Origins that the operator trusts, exempt from the rule against private addresses. */
  readonly trustedOrigins?: readonly string[];
}

/** Sends one event to one hook. @throws {DeliveryFailure} */
export function createHookTransport(options: HookTransportOptions) {
  const { store, clock, logger, box } = options;

  return async (tenant: TenantId, operation: HookOperation, mayGoOut: () => void): Promise<Taken> => {
    const [hook, event, trouble] = await Promise.all([
      store.get(tenant, hooks, operation.hook),
      store.get(tenant, eventLog, operation.event),
      store.get(tenant, hookTroubles, operation.hook),
    ]);
    if (hook === undefined) throw permanent('the webhook was removed');
    if (!hook.value.enabled) throw permanent('the webhook is disabled');
    if (event === undefined) throw permanent('the event is older than events are kept');
    const body = JSON.stringify(shownEvent(tenant, event.value));
    const secrets = secretsOf(box, tenant, hook, clock.now());
    const headers = signedHeaders(secrets, { id: event.id, at: clock.now(), body });
    mayGoOut();
    try {
      await post(options, hook.value.url, headers, body);
    } catch (error) {
      // Its answer is too long, but it is one that says that it took the event.
      if (error instanceof MediaError && error.failure === 'tooLarge') return {};
      const failure = failureOf(error, clock.now());
      await noteFailure(options, tenant, hook, trouble?.value.failingSince ?? clock.now(), failure);
      throw failure;
    }
    if (trouble === undefined) return {};
    logger.info({ tenant, hook: hook.id }, 'a webhook takes events again');
    return { writes: [remove(hookTroubles, hook.id, 'any')] };
  };
}

async function post(
  { fetch, trustedOrigins }: HookTransportOptions,
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<void> {
  let sent = false;
  const answer = await fetch(url, {
    timeoutMs,
    wholeTimeoutMs: timeoutMs,
    maxBytes: longestAnswer,
    ...(trustedOrigins === undefined ? {} : { trustedOrigins }),
    send: (at) => {
      if (sent) throw new MediaError('refused', 'webhooks follow no redirects');
      sent = true;
      return { url: at, method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body };
    },
  });
  // What it says is of no interest; that it took it is.
  answer.stream.on('error', () => undefined).destroy();
}

async function noteFailure(
  { store, clock, logger, accept }: HookTransportOptions,
  tenant: TenantId,
  hook: Stored<Hook>,
  failingSince: number,
  failure: DeliveryFailure,
): Promise<void> {
  const now = clock.now();
  const isGone = failure.retryAfterMs === undefined && failure.reason === goneReason;
  const over = isGone || now - failingSince >= disabledAfterMs;
  const note = put(hookTroubles, hook.id, { failingSince, reason: failure.reason }, 'any');
  const happening = {
    id: derivedId<string>('hook disabled', tenant, hook.id, hook.version),
    type: 'webhook.disabled' as const,
    at: now,
    data: { webhook: hook.id, failingSince, reason: failure.reason },
  };
  try {
    if (!over) await store.commit(tenant, [note]);
    else {
      const disabled = put(hooks, hook.id, { ...hook.value, enabled: false, changedAt: now }, hook.version);
      const entry = {
        id: derivedId<never>('hook disabled entry', tenant, hook.id, hook.version),
        key: eventsKey,
      };
      const event: ConversationEvent = { type: 'happened', happenings: [happening] };
      await accept(tenant, [{ ...entry, event }], { writes: [note, disabled] });
      logger.warn({ tenant, hook: hook.id }, 'a webhook has failed for days and is disabled');
    }
  } catch (error) {
    // The next failure notes it.
    logger.debug({ tenant, hook: hook.id, err: error }, 'the failure of a webhook could not be noted');
  }
}

function secretsOf(box: SecretBox, tenant: TenantId, { id, value }: Stored<Hook>, now: number): string[] {
  const { sealed, previous } = value;
  try {
    const current = box.open(hookPlace(tenant, id, 'current'), sealed);
    if (previous === undefined || previous.until <= now) return [current];
    return [current, box.open(hookPlace(tenant, id, 'previous'), previous.sealed)];
  } catch (error) {
    if (!(error instanceof SecretUnreadable)) throw error;
    throw new DeliveryFailure({ kind: 'unauthorised', certain: true, reason: error.message });
  }
}

const goneReason = 'it answered 410: it wants no more';

function failureOf(error: unknown, now: number): DeliveryFailure {
  if (!(error instanceof MediaError)) throw error;
  const { failure, status, retryAfter } = error;
  if (status === 410) return permanent(goneReason);
  if (status === undefined)
    return new DeliveryFailure({ kind: 'retry', certain: failure === 'refused', reason: error.message });
  return new DeliveryFailure({
    kind: 'retry',
    certain: true,
    reason: `it answered ${String(status)}`,
    retryAfterMs: status === 429 || status === 503 ? retryAfterMs(retryAfter, now) : undefined,
  });
}

function permanent(reason: string): DeliveryFailure {
  return new DeliveryFailure({ kind: 'permanent', certain: true, reason });
}
