import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildWeb } from './build-web.ts';
import { ensureChromium } from './chromium.ts';
import { ensurePostgres } from './postgres/ensure-postgres.ts';
import { ensureNginx } from './nginx/ensure-nginx.ts';
import { ensureProsody } from './prosody/ensure-prosody.ts';
import { ensureSynapse } from './synapse/ensure-synapse.ts';
import { readFailures, readReport, readSkipped, type Counts } from './test-report.ts';

/** `npm test`: brings what the tests need, runs every suite, and says what was left out and why. */
const suites = ['unit', 'chaos', 'e2e'] as const;

function say(text: string): void {
  console.log(`[test] ${text}`);
}

/** What is missing and may not be installed, in words; the tests that need it skip themselves. */
async function bringPeers(): Promise<string[]> {
  const leftOut: string[] = [];
  const note = (what: string, found: object): void => {
    if ('unavailable' in found) leftOut.push(`what needs ${what}: ${String(found.unavailable)}`);
    else say(`${what} is there`);
  };
  const progress = (line: string): void => {
    say(`  ${line}`);
  };
  say('Bringing what the tests run against (some minutes the first time on a bare machine)');
  // One after the other: two of them may call apt-get, which locks.
  note('Synapse', await ensureSynapse(progress));
  note('Prosody', await ensureProsody({ onProgress: progress }));
  note('nginx', await ensureNginx({ onProgress: progress }));
  note('PostgreSQL', await ensurePostgres());
  note('Chromium', await ensureChromium({ onProgress: progress }));
  await buildWeb({ onProgress: progress });
  return leftOut;
}

interface SuiteOutcome extends Counts {
  readonly why: readonly string[];
  readonly failures: readonly string[];
}

async function runSuite(suite: string, directory: string, filters: readonly string[]): Promise<SuiteOutcome> {
  const report = join(directory, `${suite}.json`);
  const skipReport = join(directory, `${suite}-skipped.json`);
  say(`Running ${suite}`);
  const vitest = new URL('../node_modules/vitest/vitest.mjs', import.meta.url).pathname;
  const child = spawn(
    process.execPath,
    [
      '--disable-warning=DEP0060',
      vitest,
      'run',
      ...['--project', suite, '--reporter', 'default', '--reporter', 'json', '--outputFile', report],
      ...['--reporter', new URL('skip-reporter.ts', import.meta.url).pathname],
      '--passWithNoTests',
      ...filters,
    ],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, SWITCHBOARD_SKIP_REPORT: skipReport },
    },
  );
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  const json = contentOf(report);
  return {
    ...readReport(json, code),
    why: readSkipped(contentOf(skipReport)),
    failures: readFailures(json, process.cwd()),
  };
}

function contentOf(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

const filters = process.argv.slice(2);
const directory = mkdtempSync(join(tmpdir(), 'switchboard-test-'));
const leftOut = await bringPeers();
const results: SuiteOutcome[] = [];
for (const suite of suites) results.push(await runSuite(suite, directory, filters));
rmSync(directory, { recursive: true, force: true });

const total = (pick: (counts: Counts) => number): number =>
  results.reduce((sum, counts) => sum + pick(counts), 0);
const failed = total(({ failed: count }) => count);
const skipped = total(({ skipped: count }) => count);
console.log('');
for (const reason of leftOut) say(`Left out ${reason}`);
for (const line of results.flatMap(({ why }) => why)) say(line);
for (const line of results.flatMap(({ failures }) => failures)) say(line);
if (leftOut.length === 0 && skipped === 0) say('Nothing was left out.');
say(
  failed === 0
    ? 'Next: npm run demo shows it at work; docs/operator.md installs it.'
    : 'The output of each failure stands above, suite by suite.',
);
console.log(
  `${String(total(({ passed }) => passed))} passed, ${String(failed)} failed, ${String(skipped)} skipped`,
);
process.exit(failed === 0 ? 0 : 1);
