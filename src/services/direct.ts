import type { Instruction, Service } from './service.ts';

/** Straight to the queue of the line. */
export const direct: Service = {
  name: 'direct',
  started: ({ texts, queue }) => [...say(texts.greeting), { do: 'enqueue', queue }],
  unanswered: ({ texts, toldBusy }) =>
    toldBusy || texts.allBusy === undefined ? [] : [{ do: 'say', text: texts.allBusy, once: 'allBusy' }],
  abandoned: ({ queue }) => [{ do: 'enqueue', queue }],
};

function say(text: string | undefined): Instruction[] {
  return text === undefined ? [] : [{ do: 'say', text }];
}
