import type { IncomingHttpHeaders } from 'node:http';
import type { Condition } from '../directory/kept/kept-condition.ts';
import { unprocessable } from './checked-body.ts';
import { Refusal } from './refusal.ts';

/** `If-Match` and `If-None-Match` of a request that changes a kept record. @throws {Refusal} */
export function conditionOf(headers: IncomingHttpHeaders): Condition {
  const ifMatch = headers['if-match'];
  const ifNone = headers['if-none-match'];
  if (ifNone !== undefined && ifNone !== '*')
    throw unprocessable([{ path: 'If-None-Match', found: 'a tag', expected: '*, or no such header' }]);
  return {
    // Weak tags never match here (RFC 9110, 13.1.1).
    ...(ifMatch === undefined || ifMatch === '*'
      ? {}
      : { ifMatch: /^"([^"]*)"$/.exec(ifMatch.trim())?.[1] ?? '' }),
    ...(ifMatch === '*' ? { ifPresent: true } : {}),
    ...(ifNone === undefined ? {} : { ifAbsent: true }),
  };
}

/** `what`: `The line`. */
export function otherThanExpected(what: string): Refusal {
  return new Refusal({
    status: 412,
    title: 'Precondition Failed',
    detail: `${what} is another than If-Match or If-None-Match asks for: read it again.`,
  });
}
