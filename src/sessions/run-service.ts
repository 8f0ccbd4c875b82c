import { direct } from '../services/direct.ts';
import type { Instruction, Service } from '../services/service.ts';
import type { Draft } from './draft.ts';
import { enterQueue } from './queueing.ts';
import type { SessionRecord } from './session.ts';
import { say } from './tell-customer.ts';

const services: Readonly<Record<SessionRecord['service'], Service>> = { direct };

export type ServiceHook = 'started' | 'unanswered' | 'abandoned';

/** Asks the session's service what to do now, and does it. */
export function runService(draft: Draft, hook: ServiceHook): void {
  const { session, state } = draft;
  const instructions = services[session.service][hook]({
    texts: state.tenant.texts,
    queue: state.line.queue,
    toldBusy: session.toldBusy,
  });
  instructions.forEach((instruction, index) => {
    follow(draft, instruction, `${hook} ${String(index)}`);
  });
}

function follow(draft: Draft, instruction: Instruction, what: string): void {
  switch (instruction.do) {
    case 'say':
      if (instruction.once === 'allBusy') draft.changeSession({ toldBusy: true });
      say(draft, instruction.text, what);
      return;
    case 'enqueue':
      enterQueue(draft, instruction.queue);
      return;
  }
}
