import type { QueueId } from '../../platform/ids.ts';
import type {
  ApplicationRequest,
  Attributes,
  EnqueueRequest,
  Instruction,
  LookUp,
  Question,
} from '../instruction.ts';
import type { Programme } from './programme.ts';

/** What a session does because of its programme, in order. */
export type Effect =
  | Extract<Instruction, { do: 'say' | 'play' | 'page' }>
  /** Also what it is asked in place of an answer that was not understood. */
  | { readonly do: 'ask'; readonly question: Question }
  /** `reason`: for the agents. */
  | { readonly do: 'enqueue'; readonly request: EnqueueRequest; readonly reason?: string }
  /** Back from the queue into the service's hands. */
  | { readonly do: 'leave' }
  | { readonly do: 'end'; readonly text?: string }
  | { readonly do: 'request'; readonly request: ApplicationRequest }
  | { readonly do: 'lookUp'; readonly call: number; readonly lookUp: LookUp }
  /** For the agents only. */
  | { readonly do: 'note'; readonly text: string };

/** What has come of one event. */
export interface Turn {
  readonly programme: Programme;
  readonly attributes: Attributes;
  readonly effects: readonly Effect[];
}

/** What a programme is told of its session. */
export interface ProgrammeView {
  readonly now: number;
  readonly attributes: Attributes;
  /** Of the line: where a human is found. */
  readonly queue: QueueId;
  /** What a dialog wants done at a step; undefined where there is no such dialog or step. */
  readonly expand: (
    dialog: string,
    step: string | undefined,
    attributes: Attributes,
  ) => readonly Instruction[] | undefined;
  /** How often an application is asked while the customer waits, though nothing changed; absent: as usual. */
  readonly waitFloorMs?: (application: string) => number | undefined;
  /** Words that mean “let me talk to somebody”, as `plainWord` writes them. */
  readonly agentWords: ReadonlySet<string>;
  /** BCP 47; tells which day `3/4` is. */
  readonly language: string;
}
