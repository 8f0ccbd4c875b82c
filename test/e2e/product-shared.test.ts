import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Enterprise } from './product/enterprise.ts';
import { missing } from './product/peers.ts';
import { startRig, type Rig } from './product/rig.ts';
import { sharedDomain, type SharedLines } from './product/shared-lines.ts';
import { SmsCustomer } from './product/sms-customer.ts';
import { until } from './product/until.ts';
import { XmppApp } from './product/xmpp-app.ts';

const without = await missing('synapse', 'prosody');

/** One number, and one domain of an XMPP server, for two tenants on two homeservers. */
describe.skipIf(without !== undefined)(`lines that tenants share ${without ?? ''}`, () => {
  let rig: Rig;
  let shared: SharedLines;
  let acme: Enterprise;
  let bolt: Enterprise;
  beforeAll(async () => {
    rig = await startRig({
      tenants: { acme: { agents: ['anna'] }, bolt: { agents: ['bob'] } },
      xmppUsers: ['xenia'],
      sharing: true,
    });
    [acme, bolt, shared] = [rig.enterprise('acme'), rig.enterprise('bolt'), rig.shared!];
  });
  afterAll(async () => {
    await (rig as Rig | undefined)?.stop();
  });

  const ask = async (method: string, path: string, input?: object) => {
    const answer = await fetch(`${rig.publicUrl}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${shared.operatorToken}`, 'content-type': 'application/json' },
      ...(input === undefined ? {} : { body: JSON.stringify(input) }),
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  const parked = async () =>
    (await ask('GET', '/parked')).body['parked'] as { id: string; address: string }[];
  /** Whether a homeserver has a room of theirs. */
  const knows = async ({ view }: Enterprise, number: string): Promise<boolean> =>
    (await view.conversations()).some(({ name }) => name?.includes(number) === true);

  test('who writes a tenant’s identifier reaches that tenant, and is answered from the number', async () => {
    const cora = new SmsCustomer(shared, '+15557770021');
    await cora.says(`Is this ${bolt.number}? My lamp is broken`);
    const bob = bolt.agent('bob');
    const room = await bob.accepts();
    await bob.sees(room, `Is this ${bolt.number}? My lamp is broken`);
    await bob.says(room, 'Which lamp?');
    await cora.gets('Which lamp?');
    await cora.says('The red one');
    await bob.sees(room, 'The red one');
    expect(await knows(acme, cora.number)).toBe(false);
  });

  test('who answers with a name that both have is asked which; all words reach the one who is meant', async () => {
    const dan = new SmsCustomer(shared, '+15557770022');
    await dan.says('Where is my parcel?');
    await dan.gets((message) => message.body.startsWith('Whom would you like to write to? Please'));
    await dan.says('Support');
    await dan.gets((message) => /1\D+acme[^]*2\D+bolt[^]*3\D+Somebody else/.test(message.body));
    await dan.says('1');
    const anna = acme.agent('anna');
    const room = await anna.accepts();
    await anna.sees(room, 'Support');
    expect(anna.textsIn(room).filter((text) => !text.startsWith('Session'))).toEqual(
      expect.arrayContaining(['Where is my parcel?', 'Support']),
    );
    await anna.says(room, 'On its way');
    await dan.gets('On its way');
    expect(await knows(bolt, dan.number)).toBe(false);
  });

  test('who is unknown is parked over a restart, seen by the operator, and assigned', async () => {
    const eve = new SmsCustomer(shared, '+15557770023');
    await eve.says('Hello?');
    await eve.says('Is anybody there?');
    const one = await until('the parked customer', async () =>
      (await parked()).find(({ address }) => address === eve.number),
    );
    await until('both messages', async () => (await ask('GET', `/parked/${one.id}`)).body['messages'] === 2);
    await rig.stopSwitchboard();
    await rig.startSwitchboard();
    expect((await ask('GET', `/parked/${one.id}`)).body).toMatchObject({
      line: 'number',
      asked: 'whom',
      said: [{ text: 'Hello?' }, { text: 'Is anybody there?' }],
    });
    for (const tenant of [acme, bolt]) expect(await knows(tenant, eve.number)).toBe(false);
    expect((await ask('POST', `/parked/${one.id}/assign`, { tenant: 'bolt' })).status).toBe(202);
    const bob = bolt.agent('bob');
    const room = await bob.accepts();
    await bob.sees(room, 'Is anybody there?');
    expect(bob.textsIn(room)).toContain('Hello?');
    await bob.says(room, 'Somebody is');
    await eve.gets('Somebody is');
    expect(await parked()).toEqual([]);
    expect(await knows(acme, eve.number)).toBe(false);
  });

  test('by XMPP the address that they write to says whom they mean, and each answers from its own', async () => {
    const toAcme = await XmppApp.start(rig, `acme@${sharedDomain}`, 'xenia');
    const toBolt = await XmppApp.start(rig, `bolt@${sharedDomain}`, 'xenia', { resource: 'tablet' });
    await toAcme.saysAndIsHeard('Jabber for Acme');
    const anna = acme.agent('anna');
    const acmes = await anna.accepts();
    await anna.sees(acmes, 'Jabber for Acme');
    await toBolt.saysAndIsHeard('Jabber for Bolt');
    const bob = bolt.agent('bob');
    const bolts = await bob.accepts();
    await bob.sees(bolts, 'Jabber for Bolt');
    await anna.says(acmes, 'Jabber from Acme');
    await toAcme.gets('Jabber from Acme');
    await bob.says(bolts, 'Jabber from Bolt');
    await toBolt.gets('Jabber from Bolt');
    expect(anna.textsIn(acmes)).not.toContain('Jabber for Bolt');
    expect(bob.textsIn(bolts)).not.toContain('Jabber for Acme');
    const nobody = await XmppApp.start(rig, `nobody@${sharedDomain}`, 'xenia', { resource: 'watch' });
    await expect(nobody.saysAndIsHeard('Anybody?')).rejects.toThrow('not taken');
    for (const app of [toAcme, toBolt, nobody]) await app.leaves();
  });

  test('one line of them shows who shares it', async () => {
    const { body } = await ask('GET', '/shared-lines');
    expect(body['lines']).toMatchObject([
      {
        id: 'city',
        channel: 'xmpp',
        source: 'file',
        sharedBy: ['acme', 'bolt'],
        state: { state: 'connected' },
      },
      { id: 'number', channel: 'sms', parameters: { authToken: '[set]' } },
    ]);
  });
});
