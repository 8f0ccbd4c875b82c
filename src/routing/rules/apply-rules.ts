import type { QueueId } from '../../platform/ids.ts';
import type { SkillLevels } from '../../directory/routing-policy.ts';
import type { Overflow, RoutingRule, RuleRing } from '../../directory/routing-rules.ts';
import { failureOf, isFault } from '../../conditions/condition.ts';
import type { CompiledRule, CompiledRules } from './compile-rules.ts';
import { toVariables, type RuleFacts } from './rule-facts.ts';

/** What came of one rule. */
export interface Looked {
  readonly rule: string;
  readonly outcome: 'matched' | 'not matched' | 'failed';
  /** Why, where it is not plain; tells nothing of the customer. */
  readonly reason?: string;
}

/** What the rules that matched give, and how that came about. */
export interface RulesResult {
  readonly version: string;
  /** Up to the one that decided. */
  readonly looked: readonly Looked[];
  /** Names of those that matched. */
  readonly matched: readonly string[];
  readonly queue?: QueueId;
  readonly required: SkillLevels;
  readonly preferred: SkillLevels;
  readonly priority?: number;
  readonly rings: readonly RuleRing[];
  readonly overflow: readonly Overflow[];
}

/** Looks at the rules in order. A condition that cannot be decided counts as one that does not hold. */
export function applyRules({ version, rules }: CompiledRules, facts: RuleFacts): RulesResult {
  const variables = toVariables(facts);
  const looked: Looked[] = [];
  const matched: RoutingRule[] = [];
  for (const compiled of rules) {
    const result = lookAt(compiled, variables);
    looked.push(result);
    if (result.outcome !== 'matched') continue;
    matched.push(compiled.rule);
    if (!compiled.rule.continues) break;
  }
  const queue = matched.findLast((rule) => rule.queue !== undefined)?.queue;
  const priority = matched.findLast((rule) => rule.priority !== undefined)?.priority;
  return {
    version,
    looked,
    matched: matched.map(({ name }) => name),
    ...(queue === undefined ? {} : { queue }),
    required: Object.assign({}, ...matched.map(({ required }) => required)) as SkillLevels,
    preferred: Object.assign({}, ...matched.map(({ preferred }) => preferred)) as SkillLevels,
    ...(priority === undefined ? {} : { priority }),
    rings: matched.flatMap(({ rings }) => rings).sort((a, b) => a.afterMs - b.afterMs),
    overflow: matched.flatMap(({ overflow }) => overflow),
  };
}

function lookAt({ rule, condition }: CompiledRule, variables: Record<string, unknown>): Looked {
  const { name } = rule;
  if (condition === undefined) return { rule: name, outcome: 'matched', reason: 'it asks for nothing' };
  if (isFault(condition))
    return {
      rule: name,
      outcome: 'failed',
      reason: `column ${String(condition.column)}: ${condition.reason}`,
    };
  try {
    return { rule: name, outcome: condition.holds(variables) ? 'matched' : 'not matched' };
  } catch (error) {
    const { code, column } = failureOf(rule.when ?? '', error);
    const where = `column ${String(column)}`;
    return code === 'no_such_key'
      ? { rule: name, outcome: 'not matched', reason: `${where}: what it looks at is not there` }
      : { rule: name, outcome: 'failed', reason: `${where}: ${code.replaceAll('_', ' ')}` };
  }
}
