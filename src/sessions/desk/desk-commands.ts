import {
  availabilityOf,
  availabilityWords,
  chosenAvailabilities,
  loadOf,
  type AgentWork,
} from '../../directory/agent-work.ts';
import type { CommandInput } from '../commands/command.ts';
import { duration } from '../commands/duration.ts';
import type { SessionRecord } from '../session.ts';
import type { DeskDraft } from './desk-draft.ts';
import { counted, type WaitingIn } from './waiting-of.ts';

/** What commands at a desk may look at. */
export interface DeskState {
  readonly work: AgentWork;
  /** Sessions that wait for this agent's answer. */
  readonly offered: readonly SessionRecord[];
  /** In the agent's queues. */
  readonly waiting: readonly WaitingIn[];
  readonly now: number;
}

interface DeskCommand {
  readonly usage?: string;
  readonly help: string;
  run(draft: DeskDraft, state: DeskState, argument: string): string;
}

const availabilityHelp: Readonly<Record<(typeof chosenAvailabilities)[number], string>> = {
  available: 'you are there and are offered sessions',
  busy: 'you are there, and are offered none for now',
  break: 'you will be back in a while',
  offline: 'you are gone',
};

/** What agents write at their desk. Public, so that a test can try each of them. */
export const deskCommands: ReadonlyMap<string, DeskCommand> = new Map<string, DeskCommand>([
  ['help', { help: 'lists the commands', run: () => help() }],
  ...chosenAvailabilities.map((availability): [string, DeskCommand] => [
    availability,
    {
      help: availabilityHelp[availability],
      run(draft) {
        draft.toRouting({ type: 'availability', agent: draft.agent.id, availability, by: 'agent' });
        return `You are ${availabilityWords[availability]}.`;
      },
    },
  ]),
  ['status', { help: 'tells whether you are there, what you have in hand and what waits', run: status }],
  ['queues', { help: 'tells what waits in your queues', run: (_, state) => queues(state) }],
  [
    'pull',
    {
      usage: '[queue]',
      help: 'takes the session that comes next, of that queue or of any of yours',
      run: pull,
    },
  ],
  ['accept', { help: 'takes the session that is offered to you', run: answerWith(true) }],
  ['decline', { help: 'passes on the session that is offered to you', run: answerWith(false) }],
]);

export function onDeskCommand(draft: DeskDraft, state: DeskState, input: CommandInput): string {
  const command = deskCommands.get(input.name);
  return (
    command?.run(draft, state, input.argument.trim()) ??
    `There is no command !${input.name.slice(0, 40)} here. !help lists the commands.`
  );
}

function help(): string {
  return [...deskCommands]
    .map(([name, { usage, help: text }]) => `!${name}${usage === undefined ? '' : ` ${usage}`}: ${text}`)
    .join('\n');
}

function status(draft: DeskDraft, state: DeskState): string {
  const { work, offered, now } = state;
  const availability = availabilityOf(work);
  const since = work.availableSince === undefined ? '' : ` for ${duration(now - work.availableSince)}`;
  const wrapping = work.wrapUps?.length ?? 0;
  return [
    `You are ${availabilityWords[availability]}${since}.`,
    `${String(loadOf(work))} of ${String(draft.agent.capacity)} units taken: ${String(work.sessions.length - offered.length)} sessions, ${String(offered.length)} offered, ${String(wrapping)} being wrapped up.`,
    queues(state),
  ].join('\n');
}

function queues({ waiting, now }: DeskState): string {
  if (waiting.length === 0) return 'You are in no queue.';
  return waiting
    .map(({ name, size, since }) =>
      since === undefined
        ? `${name}: nobody waits.`
        : `${name}: ${size >= counted ? `${String(counted)} or more` : String(size)} waiting, the longest for ${duration(now - since)}.`,
    )
    .join('\n');
}

function pull(draft: DeskDraft, { waiting }: DeskState, argument: string): string {
  const wanted = argument.toLowerCase();
  const queue = waiting.find(({ queue: id, name }) => id === wanted || name.toLowerCase() === wanted);
  if (wanted !== '' && queue === undefined)
    return `You are in no queue called ${argument.slice(0, 60)}. Yours: ${waiting.map(({ name }) => name).join(', ')}.`;
  draft.toRouting({
    type: 'pull',
    agent: draft.agent.id,
    ...(queue === undefined ? {} : { queue: queue.queue }),
  });
  return 'Looking for the next one.';
}

function answerWith(accepts: boolean): DeskCommand['run'] {
  return (draft, { offered }) => {
    const [first] = offered;
    if (first?.offer === undefined) return 'Nothing is offered to you.';
    draft.answerOffer(first, first.offer.number, accepts);
    return accepts ? 'Taking it.' : 'Passed on.';
  };
}
