import { expect, test, vi } from 'vitest';
import { as } from '../../src/platform/ids.ts';
import { silentLogger } from '../../src/platform/log.ts';
import { hearPassing, tellPassing, type PassingWord } from '../../src/sessions/passing-words.ts';
import { createSignalHub } from '../replicas/signal-hub.ts';

test('what passes at one replica is heard at the others as it was said', async () => {
  const open = createSignalHub();
  const heard: PassingWord[] = [];
  hearPassing(open(), (word) => heard.push(word));
  const about = { tenant: as<never>('acme'), conversation: as<never>('c1'), user: as<never>('@anna:x') };
  const words: PassingWord[] = [
    { ...about, typing: true },
    { ...about, typing: false },
    { ...about, upTo: as('$event') },
  ];
  const signals = open();
  for (const word of words) tellPassing(signals, silentLogger, word);
  await vi.waitUntil(() => heard.length === words.length);
  expect(heard).toEqual(words);
});
