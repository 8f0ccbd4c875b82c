import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { ConfigError } from '../../src/config/config-error.ts';
import { configJsonSchema, sampleConfig } from '../../src/config/generated-files.ts';
import { loadConfig, type Settings } from '../../src/config/load-config.ts';
import { writeRegistration } from '../../src/matrix/registration-file.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'switchboard-config-'));
  writeRegistration(join(directory, 'main.yaml'), {
    id: 'switchboard',
    url: 'http://127.0.0.1:9009',
    prefix: '_switchboard_',
    domain: 'example.org',
  });
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

const good = {
  homeservers: { main: { url: 'http://127.0.0.1:8008/', domain: 'example.org', registration: 'main.yaml' } },
  tenants: {
    acme: {
      name: 'Acme',
      homeserver: 'main',
      agents: { anna: { user: '@anna:example.org', name: 'Anna' } },
      queues: { support: { name: 'Support', agents: ['anna'] } },
      lines: {
        'loop-1': { channel: 'loopback', queue: 'support', parameters: { secret: 'a secret of the test' } },
      },
    },
  },
};

function load(config: unknown, environment: Record<string, string> = {}): Settings {
  const file = join(directory, 'config.yaml');
  writeFileSync(file, typeof config === 'string' ? config : stringify(config));
  return loadConfig(file, environment);
}

function problems(config: unknown, environment: Record<string, string> = {}): string[] {
  try {
    load(config, environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.replaceAll(`${directory}/`, '').split('\n');
    throw error;
  }
  return [];
}

/** A deep copy of the good file with one place changed. */
function changed(path: string, value: unknown): unknown {
  const copy: unknown = structuredClone(good);
  const names = path.split('.');
  const last = names.pop()!;
  let here = copy as Record<string, unknown>;
  for (const name of names) here = here[name] as Record<string, unknown>;
  if (value === undefined) Reflect.deleteProperty(here, last);
  else here[last] = value;
  return copy;
}

describe('a config file', () => {
  it('that is right gives settings with defaults filled in', () => {
    const settings = load(good);
    expect(settings.config.http.port).toBe(9010);
    expect(settings.homeservers[0]).toMatchObject({
      url: 'http://127.0.0.1:8008',
      registration: { prefix: '_switchboard_' },
    });
    expect(settings.tenants[0]?.queues.get('support' as never)?.offerMs).toBe(60_000);
    expect(settings.storeDirectory.endsWith('/data')).toBe(true);
  });

  it('gives agents the networks and media that are declared, and no list where none is', () => {
    const anna = (name: string, list: unknown) =>
      load(changed(`tenants.acme.agents.anna.${name}`, list)).tenants[0]?.agents.get('anna' as never);
    expect(anna('media', ['text', 'image'])?.media).toEqual(['text', 'image']);
    expect(anna('networks', ['sms'])?.networks).toEqual(['sms']);
    expect(anna('media', undefined)).not.toHaveProperty('media');
  });

  it('gives sessions of who goes offline two minutes, or as long as is said, or for ever', () => {
    const reassignOf = (given: object | undefined) =>
      load(changed('tenants.acme.availability', given)).tenants[0]?.availability.reassignAfterMs;
    expect(reassignOf(undefined)).toBe(120_000);
    expect(reassignOf({ reassignSeconds: 0 })).toBe(0);
    expect(reassignOf({ reassignSeconds: 'never' })).toBeUndefined();
  });

  it('gives thresholds of queues somewhere to fall back to, below where they are crossed', () => {
    const thresholdsOf = (given: object) =>
      load(changed('tenants.acme.queues.support.thresholds', given)).tenants[0]?.queues.get(
        'support' as never,
      )?.thresholds;
    expect(thresholdsOf({ size: { at: 20 }, longestWaitSeconds: { at: 300 } })).toEqual({
      size: { at: 20, backAt: 16 },
      longestWaitMs: { at: 300_000, backAt: 240_000 },
    });
    expect(thresholdsOf({ size: { at: 1 } })).toEqual({ size: { at: 1, backAt: 0 } });
    expect(thresholdsOf({ size: { at: 4, backAt: 1 } })).toEqual({ size: { at: 4, backAt: 1 } });
  });

  it.each([
    ['http', { port: 'many' }, 'config.yaml: http.port: found "many", expected a number'],
    ['http', { port: 70_000 }, 'config.yaml: http.port: found 70000, expected a number of at most 65535'],
    ['http', { publicUrl: 'ftp://x' }, 'expected a web address beginning with http:// or https://'],
    ['colour', 'red', 'config.yaml: colour: found a setting that does not exist'],
    ['homeservers.main.url', undefined, 'config.yaml: homeservers.main.url: found nothing'],
    ['tenants.acme.homeserver', 'other', 'found "other", expected a homeserver that is declared: main'],
    [
      'tenants.acme.queues.support.agents',
      ['bob'],
      'tenants.acme.queues.support.agents.0: found "bob", expected an agent',
    ],
    [
      'tenants.acme.queues.support.thresholds',
      { size: { at: 5, backAt: 5 } },
      'tenants.acme.queues.support.thresholds.size.backAt: found 5, expected a number below `at`',
    ],
    [
      'tenants.acme.lines.loop-1.queue',
      'sales',
      'tenants.acme.lines.loop-1.queue: found "sales", expected a queue',
    ],
    [
      'tenants.acme.lines.loop-1.channel',
      'fax',
      'tenants.acme.lines.loop-1.channel: found "fax", expected one of',
    ],
    [
      'tenants.acme.agents.anna.media',
      ['text', 'fax'],
      'config.yaml: tenants.acme.agents.anna.media.1: found "fax", expected one of text, image,',
    ],
    [
      'tenants.acme.availability',
      { reassignSeconds: 'always' },
      'tenants.acme.availability.reassignSeconds: found "always", expected a number, or one of never',
    ],
    ['tenants.acme.agents.anna.media', [], 'tenants.acme.agents.anna.media: found'],
    ['tenants.acme.agents.anna.user', 'anna', 'expected a Matrix user id such as @anna:example.org'],
    [
      'homeservers.main.registration',
      'none.yaml',
      'homeservers.main.registration: found in none.yaml: no file',
    ],
    ['homeservers.main.domain', 'other.org', 'the server name example.org'],
    [
      'tenants.acme.rules',
      [{ name: 'Odd', when: 'network == "sms" &&\n contct.name == "x"' }],
      'tenants.acme.rules.0.when: found line 2, column 2: Unknown variable: contct, expected a condition in CEL',
    ],
    [
      'tenants.acme.rules',
      [{ name: 'Odd', queue: 'nowhere', rings: [{ afterSeconds: 1, agents: ['bob'] }] }],
      'tenants.acme.rules.0.queue: found "nowhere", expected a queue of the tenant: support',
    ],
    [
      'tenants.acme.rules',
      [{ name: 'Odd', rings: [{ afterSeconds: 1, teams: ['night'] }] }],
      'tenants.acme.rules.0.rings.0.teams.0: found "night"',
    ],
    ['tenants.acme.queues.support.calendar', 'office', 'expected a calendar of the tenant (there is none)'],
    ['tenants.acme.agents.anna.schedule', 'office', 'expected a calendar of the tenant (there is none)'],
    [
      'tenants.acme.queues.support.order',
      'external',
      'tenants.acme.queues.support.chooser: found nothing, expected the application that chooses',
    ],
    [
      'tenants.acme.calendars',
      { office: { timeZone: 'Europe/Bärlin' } },
      'tenants.acme.calendars.office.timeZone: found "Europe/Bärlin", expected a time zone of the IANA database',
    ],
    [
      'tenants.acme.calendars',
      { office: { timeZone: 'UTC', week: { monday: ['9-17'] } } },
      'tenants.acme.calendars.office.week.monday.0: found "9-17", expected hours such as 09:00-17:30',
    ],
    [
      'tenants.acme.calendars',
      { office: { timeZone: 'UTC', holidays: 'none' } },
      'tenants.acme.calendars.office.holidays: found "none", expected an iCalendar file (it is no iCalendar file)',
    ],
  ])('says where %s is wrong, what was found and what was expected', (path, value, message) => {
    expect(problems(changed(path, value)).join('\n')).toContain(message);
  });

  it('gives an account to one agent of a tenant only', () => {
    const of = (tenant: string, agents: object) => ({
      [tenant]: { ...good.tenants.acme, agents, lines: {} },
    });
    const anna = { user: '@anna:example.org', name: 'Anna', endpoints: ['@mobile:example.org'] };
    const ben = {
      user: '@ben:example.org',
      name: 'Ben',
      endpoints: ['@b:example.org', '@mobile:example.org'],
    };
    const said = (tenants: object): string[] => problems({ ...good, tenants });
    expect(said(of('acme', { anna, ben }))).toEqual([
      "config.yaml: tenants.acme.agents.ben.endpoints.1: found @mobile:example.org, which is anna's, expected an account of their own",
    ]);
    expect(said(of('acme', { anna: { ...anna, endpoints: ['@anna:example.org'] } }))).toEqual([
      expect.stringContaining('tenants.acme.agents.anna.endpoints.0: found @anna:example.org'),
    ]);
    const bolt = of('bolt', { anna: { user: '@mobile:example.org', name: 'Bob' } });
    const [settings] = load({ ...good, tenants: { ...of('acme', { anna }), ...bolt } }).tenants;
    expect([...(settings?.agents.values() ?? [])]).toMatchObject([{ endpoints: ['@mobile:example.org'] }]);
  });

  it('gives an address on a line of the tenant to one agent only', () => {
    const acme = (agents: object) => ({
      ...good,
      sharedLines: { all: { channel: 'loopback', parameters: { secret: 'a secret of the test' } } },
      tenants: {
        acme: {
          ...good.tenants.acme,
          agents,
          lines: {
            ...good.tenants.acme.lines,
            jabber: {
              channel: 'xmpp',
              queue: 'support',
              parameters: { host: '127.0.0.1', port: 5347, domain: 'acme.localhost', secret: 'a secret' },
            },
          },
          sharedLines: { all: { queue: 'support' } },
        },
      },
    });
    const agent = (name: string, ...endpoints: readonly object[]) => ({
      [name]: { user: `@${name}:example.org`, name, endpoints },
    });
    const at = (line: string, address: string) => ({ line, address });
    const settings = load(acme(agent('anna', at('jabber', 'anna@example.org'), at('loop-1', 'Anna 1'))));
    expect([...(settings.tenants[0]?.agents.values() ?? [])]).toMatchObject([
      { addresses: [at('jabber', 'anna@example.org'), at('loop-1', 'Anna 1')] },
    ]);
    const said = (...agents: readonly object[]): string[] =>
      problems(acme(Object.assign({}, ...agents) as object)).map((line) =>
        line.replace('config.yaml: tenants.acme.agents.', ''),
      );
    const mine = agent('anna', at('jabber', 'anna@example.org'));
    expect(said(mine, agent('ben', at('jabber', 'Anna@Example.org/phone')))).toEqual([
      "ben.endpoints.0.address: found an address that is anna's, expected an address of their own",
    ]);
    expect(said(agent('anna', at('jabber', 'example.org')))).toEqual([
      'anna.endpoints.0.address: found something else, expected an address as XMPP has them',
    ]);
    expect(said(agent('anna', at('all', 'anna')))).toEqual([
      'anna.endpoints.0.line: found "all", a line that it shares with others, expected a line of the tenant\'s own: loop-1, jabber',
    ]);
    expect(said(agent('anna', at('nowhere', 'anna')))[0]).toContain('anna.endpoints.0.line: found "nowhere"');
    expect(said(agent('anna', { line: 'jabber' })).join()).toContain('endpoints.0');
  });

  it('names all mistakes at once', () => {
    const two = changed('http', { port: 'many' }) as typeof good;
    expect(problems({ ...two, logging: { level: 'loud' } })).toHaveLength(2);
  });

  it('names mistakes beside each other, in one tenant and in one line, at once', () => {
    const one = changed('tenants.acme.lines.loop-1', {
      channel: 'loopback',
      queue: 'nowhere',
      colour: 'blue',
      parameters: {},
    }) as typeof good;
    const said = problems({
      ...one,
      homeservers: { main: { ...one.homeservers.main, url: 'not an address', registration: 'none.yaml' } },
    }).join('\n');
    expect(said).toContain('tenants.acme.lines.loop-1.colour');
    expect(said).toContain('tenants.acme.lines.loop-1.queue: found "nowhere"');
    expect(said).toContain('tenants.acme.lines.loop-1.parameters.secret');
    expect(said).toContain('homeservers.main.url');
    expect(said).toContain('homeservers.main.registration');
  });

  it('never quotes a secret', () => {
    const wrong = changed('tenants.acme.lines.loop-1.parameters', { secret: 'tooshort', unknown: 'hunter2' });
    const said = problems(wrong).join('\n');
    expect(said).toContain('tenants.acme.lines.loop-1.parameters');
    expect(said).not.toContain('tooshort');
    expect(said).not.toContain('hunter2');
  });

  it('names line and column of what is no YAML', () => {
    expect(problems('http:\n  port: [1').join('\n')).toMatch(/config\.yaml: line 2, column \d+: found/);
  });

  it('whose line of a network has wrong parameters says which', () => {
    const wrong = changed('tenants.acme.lines.loop-1.parameters', {});
    expect(problems(wrong).join('\n')).toContain('tenants.acme.lines.loop-1.parameters.secret');
  });
});

describe('the environment', () => {
  it('overrides any setting, also with hyphens, capitals and lists', () => {
    const settings = load(good, {
      SWITCHBOARD__HTTP__PUBLIC_URL: 'https://chat.example.org',
      SWITCHBOARD__HTTP__PORT: '8080',
      SWITCHBOARD__TENANTS__ACME__NAME: 'Acme Ltd',
      SWITCHBOARD__TENANTS__ACME__IDENTIFIERS: '[a@acme.example, acme]',
      SWITCHBOARD__TENANTS__ACME__LINES__LOOP_1__PARAMETERS__SECRET: 'another secret of the test',
    });
    expect(settings.config.http).toMatchObject({ port: 8080, publicUrl: 'https://chat.example.org' });
    expect(settings.tenants[0]?.identifiers).toEqual(['a@acme.example', 'acme']);
    const [line] = [...settings.tenants[0]!.lines.values()];
    expect(line?.parameters).toMatchObject({ secret: 'another secret of the test' });
  });

  it('takes a text as it is, in a network’s parameters too', () => {
    const twilio = { accountSid: `AC${'0'.repeat(32)}`, authToken: 'x' };
    const line = { channel: 'sms', queue: 'support', parameters: twilio };
    const settings = load(changed('tenants.acme.lines', { text: line }), {
      SWITCHBOARD__HTTP__OPERATOR_TOKEN: '12345678901234567890',
      SWITCHBOARD__TENANTS__ACME__NAME: 'Acme #1: the best',
      SWITCHBOARD__TENANTS__ACME__LINES__TEXT__PARAMETERS__AUTH_TOKEN: '00e1',
      SWITCHBOARD__TENANTS__ACME__LINES__TEXT__PARAMETERS__FROM: '+15551234567',
      SWITCHBOARD__TENANTS__ACME__LINES__TEXT__PARAMETERS__MMS: 'false',
    });
    expect(settings.config.http.operatorToken).toBe('12345678901234567890');
    expect(settings.tenants[0]?.name).toBe('Acme #1: the best');
    const parameters = [...settings.tenants[0]!.lines.values()][0]?.parameters;
    expect(parameters).toMatchObject({ authToken: '00e1', from: '+15551234567', mms: false });
  });

  it('gives secrets from files', () => {
    const file = join(directory, 'secret');
    writeFileSync(file, 'a-secret-from-a-file\n');
    const settings = load(good, { SWITCHBOARD__HTTP__METRICS_TOKEN_FILE: file });
    expect(settings.config.http.metricsToken).toBe('a-secret-from-a-file');
    expect(problems(good, { SWITCHBOARD__HTTP__METRICS_TOKEN_FILE: '/nowhere' }).join()).toContain(
      'SWITCHBOARD__HTTP__METRICS_TOKEN_FILE',
    );
  });

  it('complains about names that lead nowhere', () => {
    expect(problems(good, { SWITCHBOARD__HTPP__PORT: '1' }).join()).toContain('SWITCHBOARD__HTPP__PORT');
  });

  it('cannot reach prototypes', () => {
    problems(good, {
      SWITCHBOARD____PROTO____POLLUTED: 'yes',
      SWITCHBOARD__CONSTRUCTOR__PROTOTYPE__POLLUTED: 'yes',
    });
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('the sample', () => {
  it('is a config file that loads once the homeserver and the line are one’s own', () => {
    const sample = parse(sampleConfig()) as typeof good;
    sample.homeservers.main.registration = 'main.yaml';
    const said = problems(sample);
    // What is left to fill in is each network's own.
    expect(said.length).toBeGreaterThan(0);
    expect(said.filter((line) => !/tenants\.acme\.lines\.[a-z]+-1\.parameters\./.test(line))).toEqual([]);
    sample.tenants.acme.lines = good.tenants.acme.lines;
    expect(problems(sample)).toEqual([]);
  });

  it('explains every setting, those of the networks too', () => {
    const unexplained: string[] = [];
    const visit = (rules: unknown, path: string): void => {
      if (typeof rules !== 'object' || rules === null) return;
      for (const [key, inner] of Object.entries(rules)) {
        // What decides which network's parameters hold is no setting.
        if (key === 'if') continue;
        if (key === 'properties' && !path.endsWith('.then')) {
          for (const [name, setting] of Object.entries(inner as Record<string, { description?: string }>))
            if (setting.description === undefined) unexplained.push(`${path}.${name}`);
        }
        visit(inner, `${path}.${key}`);
      }
    };
    visit(JSON.parse(configJsonSchema()), '');
    expect(unexplained).toEqual([]);
  });
});

describe('the store', () => {
  const url = 'postgres://sb:hunter2@db.example.org/switchboard';
  const withStore = (store: object): unknown => ({ ...good, store });

  it('is embedded as before when nothing else is said, whatever stands under postgres', () => {
    expect(load(withStore({ directory: 'data', fsync: false })).postgres).toBeUndefined();
    const settings = load(withStore({ postgres: { url } }));
    expect(settings.postgres).toBeUndefined();
    expect(settings.config.store.kind).toBe('embedded');
  });

  it('is PostgreSQL with the address from file, environment or a file that the environment names', () => {
    const expected = { connectionString: url, maxConnections: 7, statementTimeoutMs: 2_000 };
    const others = { connections: 7, statementTimeoutSeconds: 2 };
    expect(load(withStore({ kind: 'postgres', postgres: { url, ...others } })).postgres).toMatchObject(
      expected,
    );
    const bare = withStore({ kind: 'postgres', postgres: others });
    expect(load(bare, { SWITCHBOARD__STORE__POSTGRES__URL: url }).postgres).toMatchObject(expected);
    const secret = join(directory, 'url');
    writeFileSync(secret, `${url}\n`);
    expect(load(bare, { SWITCHBOARD__STORE__POSTGRES__URL_FILE: secret }).postgres).toMatchObject(expected);
  });

  it.each([
    ['postgres://sb@db.example.org/sb', {}, { rejectUnauthorized: true }],
    ['postgres://sb@127.0.0.1/sb', {}, false],
    ['postgres://sb@localhost:5433/sb', {}, false],
    ['postgres://sb@[::1]/sb', {}, false],
    ['postgres:///sb?host=/var/run/postgresql', {}, false],
    ['postgres://sb@localhost.example.org/sb', {}, { rejectUnauthorized: true }],
    ['postgres://sb@127.0.0.1/sb', { tls: 'verify-full' }, { rejectUnauthorized: true }],
    ['postgres://sb@db.example.org/sb', { tls: 'require' }, { rejectUnauthorized: false }],
    ['postgres://sb@db.example.org/sb', { tls: 'disable' }, false],
  ])('at %s with %j has TLS %j', (address, more, ssl) => {
    const settings = load(withStore({ kind: 'postgres', postgres: { url: address, ...more } }));
    expect(settings.postgres?.ssl).toEqual(ssl);
  });

  it.each([
    [{}, 'store.postgres.url: found nothing, expected the address of the database'],
    [
      { url: 'hunter2' },
      'store.postgres.url: found a secret of another form, expected an address of PostgreSQL',
    ],
    [{ url: 'postgres://sb:hunter2@db:port/sb' }, 'url: found an address that cannot be taken apart'],
    [{ url: `${url}?sslmode=disable` }, 'url: found the parameter sslmode, expected store.postgres.tls and'],
    [
      { url, tlsAuthority: 'none.pem' },
      'tlsAuthority: found a file that cannot be read, expected a PEM file',
    ],
    [{ url, tls: 'maybe' }, 'tls: found "maybe", expected one of disable, require, verify-full'],
    [{ url, connections: 0 }, 'connections: found 0, expected a number of at least 2'],
  ])('of %j is a mistake, named without the password', (postgres, message) => {
    const said = problems(withStore({ kind: 'postgres', postgres })).join('\n');
    expect(said).toContain(message);
    expect(said).not.toContain('hunter2');
  });

  it('of an unknown kind is a mistake, and a mistake in it does not hide others', () => {
    expect(problems(withStore({ kind: 'mysql' })).join()).toContain(
      'store.kind: found "mysql", expected one of embedded, postgres',
    );
    const two = problems({ ...(withStore({ kind: 'postgres' }) as object), colour: 'red' });
    expect(two).toHaveLength(2);
  });
});

describe('services', () => {
  const steps = (...each: object[]): unknown =>
    changed('tenants.acme.services', { welcome: { kind: 'dialog', steps: each } });
  const route = { name: 'to-agents', do: 'route', queue: 'support' };

  it('begin sessions of the lines that name them, and of those who write to their names', () => {
    const config = structuredClone(good) as { tenants: { acme: Record<string, unknown> } };
    config.tenants.acme['services'] = {
      welcome: { kind: 'dialog', identifiers: ['Help@Acme.example'], steps: [route] },
    };
    config.tenants.acme['lines'] = { 'loop-1': { ...good.tenants.acme.lines['loop-1'], service: 'welcome' } };
    const [tenant] = load(config).tenants;
    expect(tenant?.lines.get('loop-1' as never)?.service).toBe('welcome');
    expect(tenant?.serviceOf?.get('email:help@acme.example')).toBe('welcome');
    expect(tenant?.identifiers).toContainEqual({ identifier: 'Help@Acme.example', service: 'welcome' });
    expect(tenant?.services?.get('welcome' as never)).toEqual({
      kind: 'dialog',
      ofFile: true,
      languages: ['en'],
      agentWords: [],
      steps: [{ ...route, requiredSkills: {}, preferredSkills: {} }],
    });
  });

  it.each<[string, unknown, string]>([
    [
      'a line that names none',
      changed('tenants.acme.lines.loop-1.service', 'none'),
      'tenants.acme.lines.loop-1.service: found "none", expected a service of the tenant that is declared: direct',
    ],
    [
      'one that takes the name of all tenants’',
      changed('tenants.acme.services', { direct: { kind: 'direct' } }),
      'tenants.acme.services.direct: found direct, expected another name',
    ],
    [
      'a queue that there is not',
      steps({ ...route, queue: 'sales' }),
      'tenants.acme.services.welcome.steps.0.queue: found sales, expected a queue of the tenant: support',
    ],
    [
      'a name that another has',
      changed('tenants.acme.services', {
        one: { kind: 'direct', identifiers: ['help desk'] },
        two: { kind: 'direct', identifiers: ['Help-Desk'] },
      }),
      'tenants.acme.services.two.identifiers.0: found Help-Desk, which leads to one, expected a name of its own',
    ],
    [
      'a step of no kind',
      steps({ name: 'jump', do: 'jump' }),
      'tenants.acme.services.welcome.steps.0.do: found "jump", expected one of those',
    ],
    [
      'a text that is none',
      steps({ name: 'hello', do: 'say', text: 7 }),
      'tenants.acme.services.welcome.steps.0.text: found 7, expected a text, or a group of settings',
    ],
    [
      'a server that the customer would choose',
      steps({ name: 'crm', do: 'lookUp', url: 'https://{host}/x', keep: {} }),
      'tenants.acme.services.welcome.steps.0.url: found "https://{host}/x", expected an http or https URL whose server is no placeholder',
    ],
  ])('with %s are refused', (_what, config, message) => {
    expect(problems(config).join('\n')).toContain(message);
  });
});
