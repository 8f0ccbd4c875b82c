import { Environment } from '@marcbachmann/cel-js';
import { mentions } from './mentions.ts';

/** Of one condition. Deeper and longer ones are nobody's. */
const limits = {
  maxAstNodes: 200,
  maxDepth: 20,
  maxListElements: 100,
  maxMapEntries: 20,
  maxCallArguments: 4,
};

const base = new Environment({ limits })
  .registerFunction('string.mentions(string): bool', (text: string, word: string) => mentions(text, [word]))
  .registerFunction('string.mentions(list<string>): bool', mentions);

/** The expression language of all conditions, without any facts: who has conditions adds what they may look at. */
export function conditionLanguage(): Environment {
  return base.clone();
}
