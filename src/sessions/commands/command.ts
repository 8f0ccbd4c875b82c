import type { Agent } from '../../directory/tenant.ts';
import type { RoomInput } from '../../matrix/room-input.ts';
import type { Draft } from '../draft.ts';

export type CommandInput = Extract<RoomInput, { kind: 'command' }>;

/** A command that agents write in a conversation's room. It is never relayed; its answer is a notice in the command's thread. */
export interface Command {
  readonly name: string;
  /** After the name, as people are to write it; empty where it takes nothing. */
  readonly usage: string;
  readonly help: string;
  /** Gives what the agent is answered, or undefined where the effect speaks for itself. */
  run(draft: Draft, agent: Agent, input: CommandInput): string | undefined;
}
