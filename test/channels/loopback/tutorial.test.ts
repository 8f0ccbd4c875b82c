import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const page = readFileSync(join(root, 'docs/adding-a-network.md'), 'utf8');
const fragments = [...page.matchAll(/<!-- from (\S+) -->\n\n?```ts\n([\s\S]*?)```/g)].map(
  ([, path = '', code = '']) => ({ path, code }),
);

/** Prettier indents the page's code by itself. */
const bare = (code: string): string => code.replaceAll(/\s+/g, '');

test('every piece of code on the page says where it is from', () => {
  expect(fragments.length).toBeGreaterThan(5);
  expect(page.match(/```ts\n/g)).toHaveLength(fragments.length);
});

test.each(fragments)('the code from $path is what stands there', ({ path, code }) => {
  expect(bare(readFileSync(join(root, path), 'utf8'))).toContain(bare(code));
});

test('every file that the page names exists', () => {
  const links = [...page.matchAll(/\]\(\.\.\/([^)#]+)\)/g)].map(([, path = '']) => path);
  const named = [...page.matchAll(/`((?:src|test)\/[\w./-]+\.ts)`/g)].map(([, path = '']) => path);
  for (const path of [...links, ...named]) expect(() => readFileSync(join(root, path))).not.toThrow();
});
