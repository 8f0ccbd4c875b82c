import pg from 'pg';
import { Conflict, StoreUnavailable } from '../store.ts';

/** Classes of SQLSTATE that blame what was sent, not the server: trying again, or elsewhere, gives the same. */
const faultsOfTheData = /^(?:22|23|42|54|0A)/;

function sqlState(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

/** Deadlock or a serialisation failure: nothing was written, and the same transaction may pass when tried again. */
export function isPassing(error: unknown): boolean {
  const state = sqlState(error);
  return state === '40P01' || state === '40001';
}

/** Whether the server found fault with what was sent. */
export function isFaultOfTheData(error: unknown): boolean {
  return faultsOfTheData.test(sqlState(error) ?? '');
}

/**
 * What the caller is told: {@link Conflict} and faults of the data as they are; all else means that it is not known to be durable.
 * The text of the server's message may quote data, so only its code is repeated.
 */
export function asStoreFailure(error: unknown): Error {
  if (error instanceof Conflict || error instanceof StoreUnavailable) return error;
  if (error instanceof TypeError || error instanceof RangeError) return error;
  const state = sqlState(error);
  if (state === undefined) {
    const reason = error instanceof Error ? error.message : String(error);
    return new StoreUnavailable(`PostgreSQL cannot be reached: ${reason}`, { cause: error });
  }
  if (faultsOfTheData.test(state)) return error as Error;
  return new StoreUnavailable(`PostgreSQL refused: ${meaning[state] ?? 'SQLSTATE'} (${state})`, {
    cause: error,
  });
}

/** Those that an operator meets, in words. */
const meaning: Readonly<Record<string, string>> = {
  '53100': 'its disk is full',
  '53300': 'too many connections',
  '55P03': 'a lock was not given in time',
  '57014': 'the statement took longer than allowed',
  '57P01': 'it is shutting down',
  '57P02': 'it crashed',
  '57P03': 'it is starting up',
  '25P03': 'the transaction was idle for too long',
  '25006': 'it is read-only',
};
