import { DeliveryFailure } from '../../delivery/delivery.ts';
import { isPassing, MatrixError } from '../transport/matrix-error.ts';

/** What a failed call to the homeserver means for the delivery. Anything that is not the homeserver's answer is returned as it is. */
export function deliveryFailureOf(error: unknown): unknown {
  if (!(error instanceof MatrixError)) return error;
  const { certain, retryAfterMs } = error;
  const reason = `${error.errcode}: ${error.message}`;
  const options = { cause: error };
  if (isPassing(error) || error.errcode === 'SWITCHBOARD_CLOSED') {
    return new DeliveryFailure({ kind: 'retry', certain, reason, retryAfterMs }, options);
  }
  if (error.status === 401) return new DeliveryFailure({ kind: 'unauthorised', certain, reason }, options);
  return new DeliveryFailure({ kind: 'permanent', certain, reason }, options);
}
