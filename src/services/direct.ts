import type { Service } from './service.ts';

/** Straight to the queue of the line. */
export const direct: Service = {
  started: ({ texts, queue }) => [
    ...(texts.greeting === undefined ? [] : [{ do: 'say' as const, text: texts.greeting }]),
    { do: 'enqueue', queue },
  ],
  unanswered: ({ texts, toldBusy }) =>
    toldBusy || texts.allBusy === undefined ? [] : [{ do: 'say', text: texts.allBusy, once: 'allBusy' }],
};
