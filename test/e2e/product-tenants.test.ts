import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { WebClient } from '../channels/web/web-client.ts';
import type { Enterprise } from './product/enterprise.ts';
import { missing } from './product/peers.ts';
import { startRig, type Rig } from './product/rig.ts';
import { SmsCustomer } from './product/sms-customer.ts';
import { until } from './product/until.ts';
import { XmppApp } from './product/xmpp-app.ts';

const without = await missing('synapse', 'prosody');

describe.skipIf(without !== undefined)(`two tenants on two homeservers ${without ?? ''}`, () => {
  let rig: Rig;
  let acme: Enterprise;
  let bolt: Enterprise;
  beforeAll(async () => {
    const texts = { greeting: 'Welcome to {tenant}.' };
    rig = await startRig({
      tenants: { acme: { agents: ['anna'], texts }, bolt: { agents: ['bob'], texts } },
      xmppUsers: ['xenia'],
    });
    [acme, bolt] = [rig.enterprise('acme'), rig.enterprise('bolt')];
  });
  afterAll(async () => {
    await (rig as Rig | undefined)?.stop();
  });

  test('each has its own registration', () => {
    const [first, second] = [acme, bolt].map(
      ({ registration }) =>
        parse(readFileSync(registration, 'utf8')) as { as_token: string; hs_token: string },
    );
    expect(first?.as_token).not.toBe(second?.as_token);
    expect(first?.hs_token).not.toBe(second?.hs_token);
    expect(acme.synapse.base).not.toBe(bolt.synapse.base);
  });

  test('one customer who writes to both is two conversations, and nothing of one is seen in the other', async () => {
    const phone = '+15557770001';
    const toAcme = new SmsCustomer(acme, phone);
    const toBolt = new SmsCustomer(bolt, phone);
    await Promise.all([toAcme.says('Dear Acme'), toBolt.says('Dear Bolt')]);
    const anna = acme.agent('anna');
    const bob = bolt.agent('bob');
    const [acmesRoom, boltsRoom] = await Promise.all([anna.accepts(), bob.accepts()]);
    await anna.sees(acmesRoom, 'Dear Acme');
    await bob.sees(boltsRoom, 'Dear Bolt');
    await Promise.all([anna.says(acmesRoom, 'From Acme'), bob.says(boltsRoom, 'From Bolt')]);
    await toAcme.gets('From Acme');
    await toBolt.gets('From Bolt');
    expect(toAcme.texts()).toEqual(['Welcome to acme.', 'From Acme']);
    expect(toBolt.texts()).toEqual(['Welcome to bolt.', 'From Bolt']);
  });

  test('by XMPP likewise, from one app', async () => {
    const [toAcme, toBolt] = [
      await XmppApp.start(rig, acme.jid, 'xenia'),
      await XmppApp.start(rig, bolt.jid, 'xenia', { resource: 'tablet' }),
    ];
    await toAcme.says('XMPP for Acme');
    await toBolt.says('XMPP for Bolt');
    const [anna, bob] = [acme.agent('anna'), bolt.agent('bob')];
    const [acmesRoom, boltsRoom] = await Promise.all([anna.accepts(), bob.accepts()]);
    await anna.sees(acmesRoom, 'XMPP for Acme');
    await bob.sees(boltsRoom, 'XMPP for Bolt');
    await anna.says(acmesRoom, 'XMPP from Acme');
    await toAcme.gets('XMPP from Acme');
    expect(toBolt.texts()).not.toContain('XMPP from Acme');
    await toAcme.leaves();
    await toBolt.leaves();
  });

  test('what opens one tenant’s doors opens none of the other', async () => {
    const token = await (await new WebClient(pageOf(acme)).begin({ name: 'Wendy' })).listen();
    expect((await token.say('Web for Acme')).ok).toBe(true);
    await until('the visitor', () => acme.agent('anna').isBeingAsked());
    const borrowed = new WebClient(pageOf(bolt));
    borrowed.token = token.token;
    expect((await borrowed.say('Web for Bolt')).status).toBe(401);
    await token.cut();

    // A signature of the one account at the other's webhook.
    acme.twilio.webhookUrl = bolt.webhookUrl;
    const { status } = await acme.twilio.customerSends({
      from: '+15557770002',
      to: bolt.number,
      body: 'Sneaky',
    });
    acme.twilio.webhookUrl = acme.webhookUrl;
    expect(status).toBe(403);

    // The one homeserver's token may not speak of the other's rooms.
    const [boltsRoom] = await bolt.view.conversations();
    const { hs_token: hsToken } = parse(readFileSync(acme.registration, 'utf8')) as { hs_token: string };
    const answer = await fetch(`${rig.appserviceUrl}/_matrix/app/v1/transactions/crossing`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${hsToken}` },
      body: JSON.stringify({
        events: [
          {
            event_id: '$crossing',
            room_id: boltsRoom?.room_id,
            sender: '@bob:bolt.localhost',
            type: 'm.room.message',
            origin_server_ts: Date.now(),
            content: { msgtype: 'm.text', body: 'Crossing over' },
          },
        ],
      }),
    });
    expect(answer.status).toBe(200);
    const customer = new SmsCustomer(bolt, '+15557770001');
    await bolt.agent('bob').says(boltsRoom?.room_id ?? '', 'And on');
    await customer.gets('And on');
    expect(customer.texts()).not.toContain('Crossing over');
  });

  test('neither homeserver has anything of the other', async () => {
    for (const [mine, foreign] of [
      [acme, /bolt/i],
      [bolt, /acme/i],
    ] as const) {
      for (const { name, displayname } of await mine.view.users())
        expect(withoutRandomIds(`${name} ${displayname ?? ''}`)).not.toMatch(foreign);
      const rooms = await mine.view.conversations();
      expect(rooms.length).toBeGreaterThanOrEqual(2);
      for (const { room_id } of rooms)
        for (const event of await mine.view.events(room_id))
          expect(withoutRandomIds(JSON.stringify(event))).not.toMatch(foreign);
    }
  });

  test('one homeserver that is down does not hold up the other’s tenant', async () => {
    const bob = bolt.agent('bob');
    const customer = new SmsCustomer(bolt, '+15557770003');
    const waiting = new SmsCustomer(acme, '+15557770003');
    await acme.synapse.restart(async () => {
      await waiting.says('Are you down?');
      await customer.says('Are you up?');
      const room = await bob.accepts();
      await bob.sees(room, 'Are you up?');
      await bob.says(room, 'We are');
      await customer.gets('We are');
    });
    const anna = acme.agent('anna');
    const room = await until('the room that waited', async () =>
      (await acme.view.conversations()).find(({ name }) => name?.includes('+15557770003')),
    );
    await anna.accepts(room.room_id);
    await anna.sees(room.room_id, 'Are you down?');
  });
});

/** Four letters stand in one of so many ids by chance, once in some two hundred runs. Names of our users, which stand behind an @, stay. */
function withoutRandomIds(text: string): string {
  return text.replaceAll(/(?<![\w@#-])[$!]?[\w-]{18,}/g, '…');
}

function pageOf({ chatUrl }: Enterprise): string {
  return chatUrl.replace(/\/chat$/, '');
}
