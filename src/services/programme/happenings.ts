import type { Content } from '../../message/message.ts';
import type { Attributes, EnqueueRequest, Instruction } from '../instruction.ts';
import type { ProgrammeView, Turn } from './effect.ts';
import { plainWord } from './plain-word.ts';
import {
  leastWaitFloorMs,
  noProgramme,
  type Programme,
  type QueueResult,
  type TurnedAway,
  type Wait,
} from './programme.ts';
import { Runner, waitingEvent } from './runner.ts';
import { understandAnswer } from './understand-answer.ts';
import { whileWaiting } from './while-waiting.ts';

/** What each event makes of a programme. Undefined where it does not concern it: it is late, or nobody asked. */

export function begin(
  programme: Programme | undefined,
  instructions: readonly Instruction[],
  view: ProgrammeView,
): Turn {
  return new Runner(programme ?? noProgramme, view).stopWaiting().instead(instructions).countAnew().run();
}

/** The customer said something. During a pause, or while an application is asked, it is no answer to anything. */
export function heard(programme: Programme, content: Content, view: ProgrammeView): Turn | undefined {
  const { wait, queued } = programme;
  const runner = new Runner(programme, view).countAnew();
  if (queued === undefined && content.kind === 'text' && view.agentWords.has(plainWord(content.text)))
    return runner.stopWaiting().callHuman('The customer asked for a person.').run();
  if (wait?.for !== 'answer') return undefined;
  const { question } = wait;
  const answer = understandAnswer(question, content, view);
  if (answer === undefined) return askAgain(runner, wait);
  runner.stopWaiting();
  if (!runner.set({ [question.name]: answer }) || question.action === undefined) return runner.run();
  return runner.request(question.action, 'answer', { [question.name]: answer }).run();
}

type Asking = Extract<Wait, { for: 'answer' }>;

function askAgain(runner: Runner, { question, asked }: Asking): Turn {
  runner.stopWaiting();
  if (asked >= question.attempts) return questionFailed(runner, question, 'it did not understand the answer');
  if (question.again !== undefined) runner.effect({ do: 'say', text: question.again });
  runner.effect({ do: 'ask', question });
  runner.waitFor({ for: 'answer', question, asked: asked + 1 }, question.timeoutMs);
  return runner.run();
}

function questionFailed(runner: Runner, { action, otherwise }: Asking['question'], reason: string): Turn {
  if (otherwise !== undefined) return runner.instead(otherwise).run();
  return (action === undefined ? runner.fail(reason) : runner).run();
}

/** The time of a wait is over: a pause has ended, or what was waited for did not come. */
export function timeCame(programme: Programme, number: number, view: ProgrammeView): Turn | undefined {
  const { wait } = programme;
  if (wait?.number !== number) return undefined;
  const runner = new Runner(programme, view).stopWaiting();
  switch (wait.for) {
    case 'time':
      return runner.run();
    case 'answer':
      return questionFailed(runner, wait.question, 'the customer did not answer');
    case 'application':
      return runner.fail('its application did not answer').run();
    case 'look-up':
      return lookUpFailed(runner, wait, 'what it asked for did not come');
  }
}

export type ApplicationAnswer =
  { readonly instructions: readonly Instruction[] } | { readonly failure: string };

export function applicationAnswered(
  programme: Programme,
  call: number,
  answer: ApplicationAnswer,
  view: ProgrammeView,
): Turn | undefined {
  const { wait } = programme;
  if (wait?.for !== 'application' || wait.number !== call) return undefined;
  const runner = new Runner(programme, view).stopWaiting();
  const done =
    programme.queued === undefined || 'failure' in answer ? answer : whileWaiting(answer.instructions);
  return 'failure' in done ? runner.fail(done.failure).run() : runner.instead(done.instructions).run();
}

export type LookUpAnswer = { readonly attributes: Attributes } | { readonly failure: string };

export function lookedUp(
  programme: Programme,
  call: number,
  answer: LookUpAnswer,
  view: ProgrammeView,
): Turn | undefined {
  const { wait } = programme;
  if (wait?.for !== 'look-up' || wait.number !== call) return undefined;
  const runner = new Runner(programme, view).stopWaiting();
  if ('failure' in answer) return lookUpFailed(runner, wait, answer.failure);
  runner.set(answer.attributes);
  return runner.run();
}

function lookUpFailed(runner: Runner, { lookUp }: Extract<Wait, { for: 'look-up' }>, reason: string): Turn {
  return (lookUp.otherwise === undefined ? runner.fail(reason) : runner.instead(lookUp.otherwise)).run();
}

/** The place in the queue is another: the application that is to be asked again sooner or later is asked now. */
export function placeChanged(programme: Programme, view: ProgrammeView): Turn | undefined {
  const { wait, queued, todo } = programme;
  const [next] = todo;
  if (wait?.for !== 'time' || queued === undefined) return undefined;
  if (next?.do !== 'request' || next.event !== waitingEvent) return undefined;
  if (view.now < (queued.askedAt ?? 0) + leastWaitFloorMs) return undefined;
  return new Runner(programme, view).stopWaiting().run();
}

/** It is taken out of the queue, to something else than what comes after the `enqueue`. */
export function redirected(
  programme: Programme | undefined,
  instructions: readonly Instruction[],
  view: ProgrammeView,
): Turn {
  return new Runner(programme ?? noProgramme, view)
    .leaveQueue('redirected')
    .instead(instructions)
    .countAnew()
    .run();
}

/** It leaves the queue without an agent. */
export function leftQueue(programme: Programme | undefined, result: QueueResult, view: ProgrammeView): Turn {
  return new Runner(programme ?? { ...noProgramme, queued: { rest: [] } }, view).leaveQueue(result).run();
}

/** It does not enter the queue that it asked for: its `action` says what becomes of it. */
export function turnedAway(
  programme: Programme,
  wanted: EnqueueRequest,
  why: TurnedAway,
  view: ProgrammeView,
): Turn {
  return new Runner(programme, view).turnAway(wanted, why).run();
}

/**
 * An agent has the session: the service has nothing more to do but to tell its `action` in the end. Should the agent leave, the wait is as it
 * was.
 */
export function taken({ queued, ...programme }: Programme): Programme {
  const { wait: _, turnedAway: __, ...rest } = programme;
  if (queued?.action === undefined && queued?.waitApplication === undefined) return { ...rest, todo: [] };
  return { ...rest, todo: [], queued: { ...queued, rest: [] } };
}

/** The agent who had it is gone: the application of the wait is asked again, no sooner than ever after it was asked last. */
export function waitsAgain(programme: Programme, view: ProgrammeView): Turn | undefined {
  const application = programme.queued?.waitApplication;
  if (application === undefined) return undefined;
  return new Runner(programme, view).stopWaiting().waitAnew(application).run();
}
