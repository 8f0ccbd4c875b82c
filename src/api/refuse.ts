import type { Request, Response } from 'express';
import { beginProblem, sendProblem, type Problem } from './problem.ts';
import { lingerThen } from './read-body.ts';

/** Answers with a problem, also where the request's body was not read. */
export function refuse(request: Request, response: Response, problem: Problem): void {
  if (request.complete) {
    sendProblem(response, problem);
    return;
  }
  // Nothing may follow on this connection: where the body ends is not known.
  const headers = { ...problem.headers, connection: 'close' };
  response.write(beginProblem(response, { ...problem, headers }));
  lingerThen(request, () => response.end());
}
