import type { QueueId } from '../platform/ids.ts';
import type { JsonValue } from '../platform/json-value.ts';
import type { SkillLevels } from './routing-policy.ts';

/** A conversation with the customer before an agent has it, declared by the tenant: steps in the order in which they follow each other unless one says otherwise. */
export interface Dialog {
  /** BCP 47; the first is for customers whose language is none of them. */
  readonly languages: readonly string[];
  /** What the customer may write at any time to get an agent, beyond the usual words for it. */
  readonly agentWords: readonly string[];
  readonly steps: readonly DialogStep[];
}

/** By language; a plain text where the dialog has one language only. `{name}` is filled in with the attribute of that name. */
export type DialogText = string | Readonly<Record<string, string>>;

interface Step {
  readonly name: string;
  /** The step that follows; absent: the one behind it. After the last one the customer waits for an agent of the line's queue. */
  readonly next?: string;
}

export type DialogStep = Step &
  (
    | { readonly do: 'say'; readonly text: DialogText }
    | AskStep
    | { readonly do: 'branch'; readonly cases: readonly BranchCase[] }
    | { readonly do: 'set'; readonly attributes: Readonly<Record<string, JsonValue>> }
    | LookUpStep
    | { readonly do: 'page'; readonly url: string; readonly title?: DialogText }
    | { readonly do: 'play'; readonly url: string; readonly text?: DialogText }
    | { readonly do: 'pause'; readonly seconds: number }
    | RequestStep
    | RouteStep
    | { readonly do: 'end'; readonly text?: DialogText }
  );

export interface AskStep extends Step {
  readonly do: 'ask';
  /** The attribute under which the answer is kept; absent: the step's name. */
  readonly attribute?: string;
  readonly text: DialogText;
  readonly answer: DialogAnswer;
  readonly again?: DialogText;
  readonly attempts: number;
  readonly timeoutSeconds: number;
  /** Where it goes on without an answer; absent: to an agent. */
  readonly otherwise?: string;
}

export type DialogAnswer =
  | { readonly kind: 'free'; readonly maxLength?: number }
  | {
      readonly kind: 'choice';
      readonly options: readonly { readonly value: string; readonly label: DialogText }[];
    }
  | { readonly kind: 'number'; readonly min?: number; readonly max?: number; readonly whole?: boolean }
  | { readonly kind: 'yesno'; readonly yes?: DialogText; readonly no?: DialogText }
  | { readonly kind: 'phone'; readonly country?: string }
  | { readonly kind: 'email' | 'date' };

export interface BranchCase {
  /** A condition in CEL over `answers`, `language` and `network`. One that cannot be told does not hold. */
  readonly when: string;
  readonly to: string;
}

export interface LookUpStep extends Step {
  readonly do: 'lookUp';
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: JsonValue;
  readonly timeoutSeconds: number;
  /** Attributes, each with the path in the JSON answer that it is taken from. */
  readonly keep: Readonly<Record<string, string>>;
  /** Where it goes on without an answer; absent: to an agent. */
  readonly otherwise?: string;
}

/** On with what an application of the tenant answers, who is told the attributes. Nothing behind it is done. */
export interface RequestStep extends Step {
  readonly do: 'request';
  readonly application: string;
  readonly event: string;
}

export interface RouteStep extends Step {
  readonly do: 'route';
  /** Absent: the line's. */
  readonly queue?: QueueId;
  readonly text?: DialogText;
  readonly priority?: number;
  readonly requiredSkills: SkillLevels;
  readonly preferredSkills: SkillLevels;
  /** Applications of the tenant: asked while the customer waits, and told how that ended. */
  readonly waitApplication?: string;
  readonly action?: string;
}
