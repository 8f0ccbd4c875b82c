/** A command of an agent: `!name argument`. Which names there are, and what they do, the sessions know. */
export interface ParsedCommand {
  /** Lower case, without `!`; empty for a lone `!`. */
  readonly name: string;
  /** What follows the name, trimmed; may span lines. */
  readonly argument: string;
}

/**
 * The command in a text, or undefined for ordinary text. White space or an invisible character before the `!` does not make
 * it ordinary, nor does the wide `！` of East Asian keyboards, so that a slip of the finger sends no note to a customer. `!!` at the start is ordinary text: see {@link unescapeCommand}.
 */
export function parseCommand(text: string): ParsedCommand | undefined {
  const start = text.replace(/^[\s\p{Cf}]+/u, '');
  if (!/^[!！]/u.test(start) || /^([!！])\1/u.test(start)) return undefined;
  const [, name = '', argument = ''] = /^[!！](\S*)\s*([\s\S]*)$/u.exec(start) ?? [];
  return { name: name.toLowerCase(), argument: argument.trimEnd() };
}

/** Ordinary text as it is meant: of the `!!` that it begins with, one `!` stays. */
export function unescapeCommand(text: string): string {
  return text.replace(/^([\s\p{Cf}]*)([!！])\2/u, '$1$2');
}

/** The same for HTML, where tags may stand before the `!!`; undefined where it does not begin with `!!` after all. */
export function unescapeCommandHtml(html: string): string | undefined {
  const unescaped = html.replace(/^((?:[\s\p{Cf}]|<[^<>]*>)*)([!！])\2/u, '$1$2');
  return unescaped === html ? undefined : unescaped;
}
