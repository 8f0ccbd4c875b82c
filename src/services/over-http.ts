import { direct } from './direct.ts';
import type { Service } from './service.ts';

/** Whatever an application of the tenant answers. */
export function overHttp(application: string): Service {
  return {
    started: () => [{ do: 'request', application, event: 'started' }],
    unanswered: (view) => direct.unanswered(view),
  };
}
