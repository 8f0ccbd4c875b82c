import type { Queue } from '../directory/tenant.ts';
import { direct } from '../services/direct.ts';
import type { Instruction, Service, ServiceView } from '../services/service.ts';
import type { Draft } from './draft.ts';
import { makeOffer } from './offers.ts';
import type { SessionRecord } from './session.ts';
import { say } from './tell-customer.ts';

const services: Readonly<Record<SessionRecord['service'], Service>> = { direct };

export type ServiceHook = 'started' | 'offerEnded' | 'abandoned' | 'waited';

/** Asks the session's service what to do now, and does it. */
export function runService(draft: Draft, hook: ServiceHook): void {
  const service = services[draft.session.service];
  const instructions = service[hook](serviceView(draft));
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
    case 'offer':
      makeOffer(draft, instruction.agent, instruction.forMs);
      return;
    case 'wait':
      wait(draft, draft.state.now + instruction.forMs);
      return;
  }
}

function wait(draft: Draft, until: number): void {
  draft.changeSession({ state: 'waiting', waitUntil: until });
  draft.setTimer({ name: 'wait-over', session: draft.session.id }, until);
}

function serviceView(draft: Draft): ServiceView {
  const { session, state } = draft;
  const queue = queueOf(draft);
  return {
    texts: state.tenant.texts,
    queue,
    candidates: queue.agents.flatMap((id) => {
      const agent = state.tenant.agents.get(id);
      return agent === undefined ? [] : [{ agent: id, capacity: agent.capacity, work: draft.workOf(id) }];
    }),
    asked: session.asked,
    toldBusy: session.toldBusy,
  };
}

/** A session outlives a change of the configuration: where its queue is gone, its line's queue takes over. */
function queueOf(draft: Draft): Queue {
  const { tenant, line } = draft.state;
  const queue = tenant.queues.get(draft.session.queue) ?? tenant.queues.get(line.queue);
  if (queue === undefined)
    throw new Error(`tenant ${tenant.id}: line ${line.id} names no queue of the tenant`);
  return queue;
}
