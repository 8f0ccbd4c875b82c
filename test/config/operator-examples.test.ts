import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { loadConfig } from '../../src/config/load-config.ts';
import { as } from '../../src/platform/ids.ts';
import { writeRegistration } from '../../src/matrix/registration-file.ts';

interface Example {
  readonly sharedLines?: object;
  readonly homeservers?: Record<string, unknown>;
  readonly tenants?: { readonly acme: Record<'lines' | 'agents' | 'queues', Record<string, unknown>> };
  readonly agents?: Record<string, unknown>;
  readonly queues?: Record<string, unknown>;
  readonly availability?: Record<string, unknown>;
  readonly lines?: Record<string, unknown>;
}

function examples(): Example[] {
  const page = readFileSync(new URL('../../docs/operator.md', import.meta.url), 'utf8');
  return [...page.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, text = '']) => parse(text) as Example);
}

/** What the page says of rules, calendars and choosers, put upon its other examples. */
function furtherParts(all: readonly Example[]): Record<string, unknown> {
  const parts = all
    .flatMap(({ tenants }): Readonly<Record<string, unknown>>[] =>
      tenants === undefined ? [] : [tenants.acme],
    )
    .slice(1);
  const ofSupport = (queues: unknown): object =>
    (queues as Readonly<Record<string, object>> | undefined)?.['support'] ?? {};
  const support = [...parts, ...all].map(({ queues }) => ofSupport(queues));
  const further: Record<string, unknown> = Object.fromEntries(parts.flatMap((part) => Object.entries(part)));
  return { ...further, support: Object.fromEntries(support.flatMap((part) => Object.entries(part))) };
}

it('the examples of docs/operator.md are a config file that loads, with all of its lines and homeservers', () => {
  const all = examples();
  const whole = all.find(({ tenants }) => tenants !== undefined);
  const homeservers = all.find((example) => example.homeservers?.['second'] !== undefined)?.homeservers;
  const lines = all.flatMap((example) => Object.entries(example.lines ?? {}));
  expect(lines.map(([name]) => name)).toEqual(['text', 'jabber']);
  if (whole?.tenants === undefined) throw new Error('no example is a whole config file');
  const { acme } = whole.tenants;
  const routing = all.find(({ queues }) => queues !== undefined);
  expect(Object.keys(routing?.queues ?? {})).toEqual(['billing']);
  const { support, ...further } = furtherParts(all);
  expect(Object.keys(further).sort()).toEqual([
    'calendars',
    'identifiers',
    'queues',
    'retention',
    'rules',
    'services',
    'sharedLines',
    'texts',
  ]);
  const sharedLines = all.find((example) => example.sharedLines !== undefined)?.sharedLines;
  const tenants = {
    acme: {
      ...acme,
      ...further,
      agents: { ...acme.agents, ...routing?.agents },
      queues: {
        support: { ...(acme.queues['support'] as object), ...(support as object) },
        ...routing?.queues,
      },
      availability: routing?.availability,
      lines: { ...acme.lines, ...Object.fromEntries(lines) },
    },
  };
  const directory = mkdtempSync(join(tmpdir(), 'switchboard-examples-'));
  try {
    for (const name of ['registration', 'second'])
      writeRegistration(join(directory, `${name}.yaml`), {
        id: 'switchboard',
        url: 'http://127.0.0.1:9009',
        prefix: '_switchboard_',
      });
    const file = join(directory, 'config.yaml');
    writeFileSync(file, stringify({ ...whole, homeservers, sharedLines, tenants }));
    const settings = loadConfig(file, {
      SWITCHBOARD__TENANTS__ACME__LINES__TEXT__PARAMETERS__AUTH_TOKEN_FILE: file,
    });
    expect(settings.homeservers.map(({ domain }) => domain)).toEqual(['example.org', 'example.com']);
    expect([...(settings.tenants[0]?.lines.keys() ?? [])]).toEqual(['chat', 'text', 'jabber']);
    expect([...(settings.tenants[0]?.queues.keys() ?? [])]).toEqual(['support', 'billing']);
    const [tenant] = settings.tenants;
    expect(tenant?.rules?.rules.map(({ name }) => name)).toEqual(['French', 'Invoices']);
    expect(tenant?.queues.get(as('support'))).toMatchObject({
      calendar: 'office',
      serviceLevels: { firstAnswerMs: 300_000, nextAnswerMs: 900_000, solutionMs: 14_400_000 },
      policy: { order: 'longest-idle', chooser: { timeoutMs: 2000 } },
    });
    expect(tenant?.calendars?.get('office')?.exceptions).toHaveLength(2);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
