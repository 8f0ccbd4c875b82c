import type { RoutingRule, RuleSet } from '../../directory/routing-rules.ts';
import {
  faultWords,
  isFault,
  readCondition,
  type Condition,
  type ConditionFault,
} from '../../conditions/condition.ts';
import { languageOf, type RuleNames } from './rule-language.ts';

/** A rule with its condition read. */
export interface CompiledRule {
  readonly rule: RoutingRule;
  /** Absent: always. */
  readonly condition?: Condition | ConditionFault;
}

export interface CompiledRules {
  readonly version: string;
  readonly rules: readonly CompiledRule[];
  /** Whether any condition, or any overflow, looks at how queues stand. */
  readonly asksForLoad: boolean;
  readonly asksForText: boolean;
}

/** Steps of all of a tenant's rules. */
const mostCostInAll = 8000;
/** Sets of this many tenants, or versions of theirs, are kept read. */
const mostKept = 500;
const kept = new Map<string, CompiledRules>();

/** Reads each set once, as long as it is in use. A condition that no longer fits what the tenant has is a fault, and the rest is as good as before. */
export function compileRules(set: RuleSet, names: RuleNames): CompiledRules {
  const key = JSON.stringify([set.tag, names.calendars, names.queues]);
  const known = kept.get(key);
  if (known !== undefined) return known;
  const compiled = compile(set, names);
  const oldest = kept.keys().next();
  if (kept.size >= mostKept && oldest.done !== true) kept.delete(oldest.value);
  kept.set(key, compiled);
  return compiled;
}

function compile({ version, rules }: RuleSet, names: RuleNames): CompiledRules {
  const language = languageOf(names);
  const compiled = rules.map((rule): CompiledRule =>
    rule.when === undefined ? { rule } : { rule, condition: readCondition(language, rule.when) },
  );
  const looksAt = (name: string): boolean =>
    compiled.some(
      ({ condition }) => condition !== undefined && !isFault(condition) && condition.looksAt.has(name),
    );
  const overflowsAtOnce = rules.some(({ overflow }) => overflow.length > 0);
  return {
    version,
    rules: compiled,
    asksForLoad: looksAt('load') || overflowsAtOnce,
    asksForText: looksAt('text'),
  };
}

/** What is wrong with a rule, for who wrote it. `at`: its place among the rules. */
export interface RuleFault {
  readonly at: number;
  readonly field: 'when';
  readonly found: string;
  readonly expected: string;
}

/** What is wrong with conditions that somebody wants to have. */
export function faultsOf(rules: readonly Pick<RoutingRule, 'when'>[], names: RuleNames): RuleFault[] {
  const language = languageOf(names);
  let cost = 0;
  return rules.flatMap(({ when }, at): RuleFault[] => {
    if (when === undefined) return [];
    const read = readCondition(language, when);
    const expected = 'a condition in CEL that gives true or false';
    if (isFault(read)) return [{ at, field: 'when', found: faultWords(read), expected }];
    const before = cost;
    cost += read.cost;
    if (before > mostCostInAll || cost <= mostCostInAll) return [];
    return [
      {
        at,
        field: 'when',
        found: `${String(cost)} steps in all rules up to this one`,
        expected: `at most ${String(mostCostInAll)}`,
      },
    ];
  });
}
