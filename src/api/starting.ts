import { Router } from 'express';
import { overloaded } from './problem.ts';
import { refuse } from './refuse.ts';

/** Answers for the REST API until the start is complete: what is not there yet must not be taken for what is not there. */
export function whileStarting(isReady: () => boolean): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router.use('/api/v1', (request, response, next) => {
    if (isReady()) next();
    else refuse(request, response, overloaded('Switchboard is starting. Please try again.'));
  });
  return router;
}
