import type { Instruction } from '../instruction.ts';

/** What a wait-state application may have done, as with Twilio, and what hurts nobody who waits. */
const allowed: ReadonlySet<Instruction['do']> = new Set<Instruction['do']>([
  'say',
  'play',
  'page',
  'ask',
  'pause',
  'redirect',
  'leave',
  'end',
  'set',
]);
const texts: ReadonlySet<Instruction['do']> = new Set<Instruction['do']>(['say', 'play', 'page', 'ask']);

/** Messages of one answer that reach the customer: who waits is not to be flooded. */
const mostTexts = 5;

/** An answer to what was asked while the customer waits: their place in the queue is not its affair, but for leaving it. */
export function whileWaiting(
  instructions: readonly Instruction[],
): { readonly instructions: readonly Instruction[] } | { readonly failure: string } {
  const other = instructions.find((instruction) => !allowed.has(instruction.do));
  if (other !== undefined) return { failure: `${other.do} is not carried out while the customer waits` };
  let said = 0;
  return {
    instructions: instructions.filter((instruction) => {
      if (texts.has(instruction.do)) said += 1;
      return !texts.has(instruction.do) || said <= mostTexts;
    }),
  };
}
