import { Environment, type ASTNode } from '@marcbachmann/cel-js';
import type { Attributes } from '../instruction.ts';

/** What a condition may look at. */
export interface ConditionFacts {
  readonly answers: Attributes;
  readonly language: string;
  readonly network: string;
}

export interface Condition {
  /** One that cannot be told (an answer is missing, a text is compared with a number) does not hold. */
  holds(facts: ConditionFacts): boolean;
  /** Of `answers`, those that it looks at. */
  readonly answers: readonly string[];
}

const environment = new Environment({
  limits: { maxAstNodes: 500, maxDepth: 40, maxListElements: 200, maxMapEntries: 50, maxCallArguments: 8 },
})
  .registerVariable('answers', 'map<string, dyn>')
  .registerVariable('language', 'string')
  .registerVariable('network', 'string');

/** A regular expression of the tenant's on a text of the customer's could run for hours. */
const notOffered = new Set(['matches']);
const known = new Map<string, Condition | string>();
const mostKnown = 10_000;

/** Reads a condition in CEL; a text says what is wrong with it. */
export function readCondition(written: string): Condition | string {
  const before = known.get(written);
  if (before !== undefined) return before;
  if (known.size >= mostKnown) known.clear();
  const read = compile(written);
  known.set(written, read);
  return read;
}

function compile(written: string): Condition | string {
  try {
    const parsed = environment.parse(written);
    const checked = parsed.check();
    if (!checked.valid) return oneLine(checked.error?.summary);
    if (checked.type !== 'bool' && checked.type !== 'dyn')
      return `gives ${checked.type ?? 'something else'}, not true or false`;
    const names = new Set<string>();
    const refused = walk(parsed.ast, names);
    if (refused !== undefined) return `${refused} is not offered`;
    return {
      answers: [...names],
      holds: (facts) => {
        try {
          return parsed({ ...facts }) === true;
        } catch {
          return false;
        }
      },
    };
  } catch (error) {
    return oneLine(error instanceof Error && 'summary' in error ? String(error.summary) : 'no CEL');
  }
}

function oneLine(text = 'no CEL'): string {
  return text.replace(/\s+/g, ' ').slice(0, 200);
}

/** Gives a function that is not offered, if there is one, and collects the answers. */
function walk(node: unknown, names: Set<string>): string | undefined {
  if (Array.isArray(node)) {
    for (const each of node) {
      const refused = walk(each, names);
      if (refused !== undefined) return refused;
    }
    return undefined;
  }
  if (!isNode(node)) return undefined;
  if ((node.op === 'call' || node.op === 'rcall') && notOffered.has(node.args[0])) return node.args[0];
  if (node.op === '.' && node.args[0].op === 'id' && node.args[0].args === 'answers') names.add(node.args[1]);
  return walk(node.args, names);
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}
