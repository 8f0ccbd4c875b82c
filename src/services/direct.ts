import { chooseAgent } from '../routing/choose-agent.ts';
import type { Instruction, Service, ServiceView } from './service.ts';

/** Straight to the queue's agents, one after the other; when nobody can, wait and ask again. */
export const direct: Service = {
  name: 'direct',
  started: (view) => [...say(view.texts.greeting), ...askNext(view)],
  offerEnded: askNext,
  abandoned: askNext,
  waited: askNext,
};

function askNext(view: ServiceView): Instruction[] {
  const choice = chooseAgent(view.candidates, view.asked);
  if (choice.agent !== undefined) {
    return [{ do: 'offer', agent: choice.agent, forMs: view.queue.offerMs, why: choice.why }];
  }
  const busy: Instruction[] =
    view.toldBusy || view.texts.allBusy === undefined
      ? []
      : [{ do: 'say', text: view.texts.allBusy, once: 'allBusy' }];
  return [...busy, { do: 'wait', forMs: view.queue.retryMs, why: choice.why }];
}

function say(text: string | undefined): Instruction[] {
  return text === undefined ? [] : [{ do: 'say', text }];
}
