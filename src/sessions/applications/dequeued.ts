import type { QueueId } from '../../platform/ids.ts';
import { findApplication } from '../../directory/application.ts';
import type { InputProblem } from '../../directory/kept/input-refused.ts';
import type { Tenant } from '../../directory/tenant.ts';
import { AnswerFault } from '../../services/application/answer-fault.ts';
import { namesServer } from '../../services/application/named-servers.ts';
import { queueNamed } from '../../services/application/queue-named.ts';
import { readInstructions } from '../../services/application/read-json-answer.ts';
import { withMethod, type HttpMethod } from '../../services/application/url-method.ts';
import type { Instruction } from '../../services/instruction.ts';

/** What a session that is taken out of its queue goes on with. */
export type DequeueTo =
  | { readonly url: string; readonly method?: HttpMethod | undefined }
  | { readonly instructions: readonly unknown[] };

const byName = 'an application there by its name: {"do": "request", "application": …}';

/** The same as instructions, or what is wrong with it. `queue`: that from which it is taken; `trustedOrigins`: where nobody leads it by URL. */
export function dequeueInstructions(
  tenant: Tenant,
  queue: QueueId,
  to: DequeueTo,
  trustedOrigins: readonly string[] = [],
): { readonly instructions: readonly Instruction[] } | { readonly problem: InputProblem } {
  const within = (path: string, instructions: readonly Instruction[]) =>
    namesServer(instructions, trustedOrigins)
      ? { problem: { path, found: 'a server of the operator’s own network', expected: byName } }
      : { instructions };
  if ('url' in to) {
    const isKnown = to.url.includes('/') && findApplication(tenant.applications, to.url) !== undefined;
    if (isKnown) return within('url', [{ do: 'redirect', url: withMethod(to.url, to.method) }]);
    const expected = 'a URL on the host of one of the tenant’s applications';
    return { problem: { path: 'url', found: 'another', expected } };
  }
  try {
    const instructions = readInstructions(
      { instructions: to.instructions },
      {
        // There is no place from which relative URLs could start.
        url: 'about:blank',
        queue,
        refusesGoneQueues: true,
        queueNamed: (name) => queueNamed(tenant, name),
      },
    );
    return within('instructions', instructions);
  } catch (error) {
    if (!(error instanceof AnswerFault)) throw error;
    const expected = 'instructions as applications answer them';
    return { problem: { path: 'instructions', found: error.message, expected } };
  }
}
