import { afterEach, describe, expect, it } from 'vitest';
import { as, type AgentId } from '../../src/platform/ids.ts';
import type { WorldOptions } from '../sessions/world.ts';
import { openRoutingServer, type RoutingServer } from './routing-server.ts';

let server: RoutingServer;
const open = async (options: WorldOptions = {}): Promise<void> => {
  server = await openRoutingServer({ moreQueues: { sales: { members: ['ben'] } }, ...options });
};
afterEach(async () => server.close());

const sales = { name: 'Buyers', when: 'text.mentions("buy")', queue: 'sales' };

describe('rules over REST', () => {
  it('are none at first, are saved with a version, and count from then on', async () => {
    await open();
    const before = await server.get('acme/rules');
    expect(before.status).toBe(200);
    expect(before.body).toEqual({ version: '0', source: 'rest', rules: [] });
    const saved = await server.put('acme/rules', { rules: [sales] }, { 'if-match': '"0"' });
    expect([saved.status, saved.headers.get('etag')]).toEqual([200, '"1"']);
    expect(saved.body).toMatchObject({ version: '1', source: 'rest', rules: [sales] });
    await server.world.customer().says('I want to buy');
    expect(server.world.room()).toContain('invite @ben:example.org');
    expect((await server.get('acme/rules')).body).toEqual(saved.body);
  });

  it('are not overwritten by who has not read the newest', async () => {
    await open();
    await server.put('acme/rules', { rules: [sales] });
    expect((await server.put('acme/rules', { rules: [] }, { 'if-match': '"0"' })).status).toBe(412);
    expect((await server.put('acme/rules', { rules: [] }, { 'if-none-match': '*' })).status).toBe(412);
    expect((await server.put('acme/rules', { rules: [] }, { 'if-match': '"1"' })).status).toBe(200);
    const both = await Promise.all(
      [1, 2].map(async () => server.put('acme/rules', { rules: [sales] }, { 'if-match': '"2"' })),
    );
    expect(both.map(({ status }) => status).sort()).toEqual([200, 412]);
  });

  it('are all kept, and an old version can be put back', async () => {
    await open();
    await server.put('acme/rules', { rules: [sales] });
    await server.put('acme/rules', { rules: [] });
    expect((await server.get('acme/rules/versions/1')).body).toMatchObject({ version: '1', rules: [sales] });
    const again = { 'idempotency-key': 'once' };
    const back = await server.post('acme/rules/versions/1/restore', undefined, again);
    expect(back.body).toMatchObject({ version: '3', rules: [sales] });
    expect((await server.post('acme/rules/versions/1/restore', undefined, again)).body).toEqual(back.body);
    const { versions } = (await server.get('acme/rules/versions')).body as { versions: object[] };
    expect(versions).toMatchObject([
      { version: '3', rules: 1, source: 'rest', restores: '1' },
      { version: '2', rules: 0 },
      { version: '1', rules: 1 },
    ]);
    expect((await server.get('acme/rules/versions/9')).status).toBe(404);
    expect((await server.post('acme/rules/versions/9/restore', undefined)).status).toBe(404);
  });

  it('that are broken are refused with rule, column and reason', async () => {
    await open();
    const rules = [sales, { name: 'Odd', when: 'network == "sms" && contct.name == "x"', queue: 'nowhere' }];
    const { status, body } = await server.put('acme/rules', { rules });
    expect(status).toBe(422);
    expect(body['errors']).toEqual([
      { path: 'rules.1.queue', found: '"nowhere"', expected: 'a queue of the tenant: support, sales' },
      {
        path: 'rules.1.when',
        found: 'column 21: Unknown variable: contct',
        expected: 'a condition in CEL that gives true or false',
      },
    ]);
    for (const [wrong, path] of [
      [{ rules: {} }, 'rules'],
      [{ rules: [{ name: 'x', then: 1 }] }, 'rules.0.then'],
      [{ rules: [sales, sales] }, 'rules.1.name'],
      [{ rules: [{ name: 'x', overflow: [{ queue: 'sales' }] }] }, 'rules.0.overflow.0'],
      [{}, 'rules'],
    ] as const)
      expect((await server.put('acme/rules', wrong)).body).toMatchObject({ errors: [{ path }] });
    expect((await server.get('acme/rules')).body).toMatchObject({ version: '0' });
  });

  it('of the config file are read only', async () => {
    await open({ rules: [sales] });
    await server.rules.keepDeclared();
    const declared = await server.get('acme/rules');
    expect(declared.body).toMatchObject({ source: 'file', rules: [sales] });
    expect((await server.put('acme/rules', { rules: [] })).status).toBe(409);
    const { version } = declared.body as { version: string };
    expect((await server.get(`acme/rules/versions/${version}`)).body).toMatchObject({ source: 'file' });
    expect((await server.post(`acme/rules/versions/${version}/restore`, undefined)).status).toBe(409);
  });
});

describe('a simulation with rules', () => {
  it('tells which were looked at, which matched, and who would be asked then', async () => {
    await open({
      rules: [
        { name: 'Web', when: 'network == "web"', queue: 'support' },
        { name: 'Odd', when: 'int(text) > 1' },
        { ...sales, priority: 3, requiredSkills: { french: 1 } },
        { name: 'Rest' },
      ],
      skills: { ben: { french: 2 } },
    });
    const { status, body } = await server.post('acme/routing/simulate', {
      line: 'front',
      network: 'loopback',
      text: 'May I buy?',
      attributes: { topic: ['a', 1, null] },
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      queue: 'sales',
      outcome: 'offered',
      asked: { agent: 'ben' },
      rules: {
        matched: ['Buyers'],
        looked: [
          { rule: 'Web', outcome: 'not matched' },
          { rule: 'Odd', outcome: 'failed', reason: expect.stringContaining('column') as unknown },
          { rule: 'Buyers', outcome: 'matched' },
        ],
        requiredSkills: { french: 1 },
        priority: 3,
      },
    });
    expect((await server.post('acme/routing/simulate', { line: 'none', network: 'loopback' })).status).toBe(
      422,
    );
    expect((await server.post('acme/routing/simulate', { network: 'loopback' })).status).toBe(422);
  });

  const simulated = async (body: object): Promise<unknown> =>
    (await server.post('acme/routing/simulate', { line: 'front', network: 'loopback', ...body })).body;

  it('goes the ways into other queues that the session would go now, as it then does', async () => {
    const overflow = [
      { queue: 'sales', afterSeconds: 600 },
      { queue: 'support', nobodyAvailable: true },
    ];
    await open({ policy: { members: [as<AgentId>('anna')] }, rules: [{ ...sales, overflow }] });
    const text = 'I want to buy';
    expect(await simulated({ text })).toMatchObject({ queue: 'sales', asked: { agent: 'ben' } });
    await server.world.desk('ben').says('!offline');
    expect(await simulated({ text })).toMatchObject({
      queue: 'support',
      moves: [{ from: 'sales', to: 'support', why: 'nobody was available' }],
      asked: { agent: 'anna' },
      rules: { matched: ['Buyers'] },
    });
    await server.world.customer().says(text);
    expect(server.world.room()).toContain('notice: Goes to the queue Support: nobody was available.');
    expect(server.world.room()).toContain('invite @anna:example.org');
  });

  it('looks at the rules where the queue that is named is that of the line, as for a session', async () => {
    await open({
      rules: [sales, { name: 'Rest', queue: 'billing' }],
      moreQueues: { sales: {}, billing: {} },
    });
    expect(await simulated({ queue: 'support', text: 'buy' })).toMatchObject({ queue: 'sales' });
    expect(await simulated({ queue: 'sales', text: 'lend' })).toMatchObject({ queue: 'sales' });
  });

  it.each([
    { language: 'fr-CA' },
    { app: { language: 'fr-CA' } },
    { contact: { details: { language: 'fr-CA' } } },
  ])('knows the language by whichever name: %j', async (described) => {
    const when = 'language == "fr-CA" && app.language.startsWith("fr")';
    await open({ rules: [{ name: 'French', when, queue: 'sales' }] });
    expect(await simulated(described)).toMatchObject({ queue: 'sales' });
  });
});
