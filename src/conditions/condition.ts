import type { ASTNode, Environment } from '@marcbachmann/cel-js';

/** A condition that was read, and what it costs and looks at. */
export interface Condition {
  holds(variables: Readonly<Record<string, unknown>>): boolean;
  /** The steps that it can take at most: nothing in it is done twice. */
  readonly cost: number;
  /** The names of facts that it looks at, each with what it asks of it by name: `topic` of `answers`. */
  readonly looksAt: ReadonlyMap<string, ReadonlySet<string>>;
}

export interface ReadingOptions {
  /**
   * Whether what is only known to be true or false when it is looked at (`answers.member`) is a condition; anything but true does not hold.
   * Default: it must be compared with something.
   */
  readonly takesAnything?: boolean;
}

/** What is wrong with a condition. */
export interface ConditionFault {
  readonly line: number;
  /** The first is 1. */
  readonly column: number;
  readonly reason: string;
}

/** Signs in a condition. */
export const longestCondition = 1000;
/** Steps of one condition. */
export const mostCost = 400;

/**
 * What can be called, with what it costs. Nothing that goes through lists or binds names, so that a condition ends after as many steps as
 * it has parts; no regular expressions, some of which take years over a short text.
 */
const calls: ReadonlyMap<string, number> = new Map([
  ['has', 1],
  ['size', 1],
  ['startsWith', 2],
  ['endsWith', 2],
  ['contains', 4],
  ['mentions', 10],
  ['lowerAscii', 4],
  ['upperAscii', 4],
  ['trim', 2],
  ['int', 2],
  ['double', 2],
  ['string', 2],
  ['bool', 1],
  ['timestamp', 4],
  ['duration', 4],
  ...['FullYear', 'Month', 'Date', 'DayOfMonth', 'DayOfWeek', 'Hours', 'Minutes', 'Seconds'].map(
    (part) => [`get${part}`, 2] as const,
  ),
]);

const instead: Readonly<Record<string, string>> = {
  matches: 'there are no regular expressions here: use mentions, contains, startsWith or endsWith',
  exists: 'use in: "vip" in attributes.tags',
};

/** Reads a condition in CEL; what it may look at, its language says. */
export function readCondition(
  language: Environment,
  text: string,
  { takesAnything = false }: ReadingOptions = {},
): Condition | ConditionFault {
  if (text.length > longestCondition)
    return {
      ...positionOf(text, longestCondition),
      reason: `it is longer than ${String(longestCondition)} signs`,
    };
  try {
    const program = language.parse(text);
    const checked = program.check();
    if (checked.error !== undefined) return faultOf(text, checked.error);
    if (checked.type !== 'bool' && !(takesAnything && checked.type === 'dyn'))
      return {
        line: 1,
        column: 1,
        reason: `it gives ${checked.type ?? 'nothing'}, not true or false${checked.type === 'dyn' ? ': compare it with something' : ''}`,
      };
    const looked = new Inspection(text);
    looked.visit(program.ast);
    if (looked.fault !== undefined) return looked.fault;
    if (looked.cost > mostCost)
      return {
        line: 1,
        column: 1,
        reason: `it takes ${String(looked.cost)} steps, and ${String(mostCost)} are allowed`,
      };
    return {
      holds: (variables) => program(variables) === true,
      cost: looked.cost,
      looksAt: looked.looksAt,
    };
  } catch (error) {
    return faultOf(text, error);
  }
}

export function isFault(read: object): read is ConditionFault {
  return 'reason' in read;
}

/** Where a condition has its mistake, and which, for who wrote it. */
export function faultWords({ line, column, reason }: ConditionFault): string {
  return `${line === 1 ? '' : `line ${String(line)}, `}column ${String(column)}: ${reason}`;
}

class Inspection {
  readonly #text: string;
  readonly looksAt = new Map<string, Set<string>>();
  cost = 0;
  fault: ConditionFault | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  visit(node: ASTNode): void {
    this.cost += 1;
    if (node.op === 'id') this.#fact(node.args);
    if (node.op === '.' && node.args[0].op === 'id') this.#fact(node.args[0].args).add(node.args[1]);
    if (node.op === '[]' && node.args[0].op === 'id' && node.args[1].op === 'value') {
      const { args: name } = node.args[1];
      if (typeof name === 'string') this.#fact(node.args[0].args).add(name);
    }
    if (node.op === 'call') this.#call(node, node.args[0], node.args[1].length);
    if (node.op === 'rcall') this.#call(node, node.args[0], node.args[2].length);
    this.#within(node.args);
  }

  #fact(name: string): Set<string> {
    const asked = this.looksAt.get(name) ?? new Set();
    this.looksAt.set(name, asked);
    return asked;
  }

  #within(args: unknown): void {
    if (Array.isArray(args)) for (const part of args) this.#within(part);
    else if (isNode(args)) this.visit(args);
  }

  #call(node: ASTNode, name: string, given: number): void {
    const cost = calls.get(name);
    this.cost += cost ?? 0;
    // A time zone would be looked up each time, in the machine's own clock; calendars do that.
    const isZoned = name.startsWith('get') && given > 0;
    if (cost !== undefined && !isZoned) return;
    const reason = isZoned
      ? `${name} takes no time zone here: ask a calendar, as in hours.office == "open"`
      : `${name} cannot be used here${instead[name] === undefined ? '' : `: ${instead[name]}`}`;
    this.fault ??= { ...positionOf(this.#text, node.start), reason };
  }
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}

function faultOf(text: string, error: unknown): ConditionFault {
  const { summary, range } = error as { summary?: unknown; range?: { start: number } };
  const reason =
    typeof summary === 'string' ? summary : error instanceof Error ? error.message : 'it cannot be read';
  return { ...positionOf(text, range?.start ?? 0), reason };
}

function positionOf(text: string, at: number): { line: number; column: number } {
  const before = text.slice(0, at).split('\n');
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

/** Why a condition could not be decided, without anything that it looked at; `no_such_key`: something that it asks for is not there. */
export function failureOf(text: string, error: unknown): { readonly code: string; readonly column: number } {
  const { code, range } = error as { code?: unknown; range?: { start: number } };
  return {
    code: typeof code === 'string' ? code : 'evaluation_error',
    column: positionOf(text, range?.start ?? 0).column,
  };
}
