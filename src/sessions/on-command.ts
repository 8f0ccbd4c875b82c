import { agentOfUser } from '../directory/directory.ts';
import { answerInRoom } from './answers.ts';
import { availabilityCommands, done } from './commands/availability.ts';
import { close } from './commands/close.ts';
import type { Command, CommandInput } from './commands/command.ts';
import { note } from './commands/note.ts';
import { accept, decline } from './commands/offer-answers.ts';
import { retry } from './commands/retry.ts';
import { status } from './commands/status.ts';
import { take } from './commands/take.ts';
import { why } from './commands/why.ts';
import type { Draft } from './draft.ts';

const help: Command = {
  name: 'help',
  usage: '',
  help: 'lists the commands',
  run: () =>
    [
      'What you write here goes to the customer, except lines that begin with “!”. To send such a line, begin it with “!!”.',
      ...commands.map((command) => `${calling(command)}: ${command.help}`),
    ].join('\n'),
};

export const commands: readonly Command[] = [
  help,
  status,
  why,
  note,
  close,
  done,
  retry,
  accept,
  decline,
  take,
  ...availabilityCommands,
];

function calling({ name, usage }: Command): string {
  return usage === '' ? `!${name}` : `!${name} ${usage}`;
}

/** Carries out an agent's command. Whatever it is, it never reaches the customer. */
export function onCommand(draft: Draft, input: CommandInput): void {
  const { eventId: nativeId, sender: user, at, name } = input;
  draft.keepBack({ nativeId, user, at, because: becauseOf(name) });
  const answer = answerTo(draft, input);
  if (answer !== undefined) answerInRoom(draft, input.eventId, answer);
}

/** Whether agents may write it in a conversation. */
export function isRoomCommand(name: string): boolean {
  return commands.some((command) => command.name === name);
}

/** Why a command goes no further. */
export function becauseOf(name: string): 'note' | 'command' {
  return name === note.name ? 'note' : 'command';
}

/** What an agent's command brings about; gives what they are answered, if anything. */
export function answerTo(draft: Draft, input: CommandInput): string | undefined {
  const agent = agentOfUser(draft.state.tenant, input.sender);
  if (agent === undefined) return 'Commands are for this tenant’s agents.';
  const command = commands.find(({ name }) => name === input.name);
  if (command !== undefined) return command.run(draft, agent, input);
  return `There is no command !${input.name.slice(0, 40)}. The customer has not seen this. !help lists the commands.`;
}
