import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Agent } from './product/agent.ts';
import type { Enterprise } from './product/enterprise.ts';
import { missing } from './product/peers.ts';
import { startRig, type Rig } from './product/rig.ts';
import { SmsCustomer } from './product/sms-customer.ts';
import { until } from './product/until.ts';

const without = await missing('synapse');
const number = '+15554440001';

describe.skipIf(without !== undefined)(`an agent who is reached by SMS as well ${without ?? ''}`, () => {
  let rig: Rig;
  let acme: Enterprise;
  let anna: Agent;
  let ben: Agent;
  beforeAll(async () => {
    const settings = {
      anna: { endpoints: [{ line: 'text', address: '+1 (555) 444-0001' }] },
    };
    const texts = { closed: 'Good bye.' };
    rig = await startRig({ tenants: { acme: { agents: ['anna', 'ben'], settings, texts } } });
    acme = rig.enterprise('acme');
    [anna, ben] = [acme.agent('anna'), acme.agent('ben')];
  });
  afterAll(async () => {
    await (rig as Rig | undefined)?.stop();
  });

  test('takes a session on the phone, talks to the customer through the room, and closes it', async () => {
    const phone = new SmsCustomer(acme, number);
    const sam = new SmsCustomer(acme, '+15554440002');
    await sam.says('Where is my order?');
    const offer = await phone.gets(({ body }) => body.endsWith('1. Accept\n2. Decline'));
    expect(offer.body).toContain('Where is my order?');
    const room = await anna.isAsked();
    await phone.says('1');
    await phone.gets(({ body }) => body.startsWith('The session is yours.'));
    await acme.invite(room, ben.userId);
    await ben.joins(room);

    await phone.says('Hi, this is Anna');
    await sam.gets('Hi, this is Anna');
    const { sender } = await ben.sees(room, 'Hi, this is Anna');
    expect(sender).toMatch(/^@_switchboard_acme_[0-9a-f]+:acme\.localhost$/);
    expect(ben.client.getRoom(room)?.getMember(sender)?.name).toBe('Anna (SMS)');

    await sam.says('Thank you');
    await phone.gets('Thank you');
    await ben.sees(room, 'Thank you');
    await ben.says(room, 'I only look on');
    await phone.says('!note a kind customer');
    await phone.gets('Noted. The customer does not see this.');
    await phone.says('It comes tomorrow');
    await sam.gets('It comes tomorrow');
    await ben.sees(room, 'It comes tomorrow');
    await phone.says('!close');
    await sam.gets('Good bye.');
    await phone.gets('Session closed by Anna.');
    expect(sam.texts()).toEqual(['Hi, this is Anna', 'It comes tomorrow', 'Good bye.']);
    await until(
      'the ghost to be out of the room',
      () => ben.client.getRoom(room)?.getMember(sender)?.membership === 'leave',
    );

    await phone.says('One thing more');
    await phone.gets(({ body }) => body.startsWith('Nobody reads this'));
    expect(sam.texts()).toHaveLength(3);
    expect(ben.textsIn(room)).not.toContain('One thing more');
  });
});
