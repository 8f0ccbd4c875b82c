import { isFault, readCondition, type Condition, type ConditionFault } from '../../conditions/condition.ts';
import { conditionLanguage } from '../../conditions/language.ts';
import { toValue } from '../../conditions/to-value.ts';
import type { Attributes } from '../instruction.ts';

/** What the condition of a branch may look at. */
export interface BranchFacts {
  readonly answers: Attributes;
  readonly language: string;
  readonly network: string;
}

/** A condition of a dialog's branch. */
export interface BranchCondition {
  /** One that cannot be told (an answer is missing, a text is compared with a number) does not hold. */
  holds(facts: BranchFacts): boolean;
  /** Of `answers`, those that it looks at by name. */
  readonly answers: ReadonlySet<string>;
}

const language = conditionLanguage()
  .registerVariable('answers', 'map<string, dyn>')
  .registerVariable('language', 'string')
  .registerVariable('network', 'string');

const known = new Map<string, BranchCondition | ConditionFault>();
const mostKnown = 10_000;

/** Reads what a branch asks, once. */
export function branchCondition(written: string): BranchCondition | ConditionFault {
  const before = known.get(written);
  if (before !== undefined) return before;
  if (known.size >= mostKnown) known.clear();
  const condition = readCondition(language, written, { takesAnything: true });
  const read = isFault(condition) ? condition : ofBranch(condition);
  known.set(written, read);
  return read;
}

function ofBranch(condition: Condition): BranchCondition {
  return {
    answers: condition.looksAt.get('answers') ?? new Set(),
    holds: ({ answers, language: spoken, network }) => {
      try {
        return condition.holds({ answers: toValue(answers), language: spoken, network });
      } catch {
        return false;
      }
    },
  };
}
