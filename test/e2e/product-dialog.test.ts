import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Agent } from './product/agent.ts';
import { missing } from './product/peers.ts';
import { startRig, type Rig } from './product/rig.ts';
import { SmsCustomer } from './product/sms-customer.ts';

const without = await missing('synapse');

const welcome = (crm: string): object =>
  parse(`
    kind: dialog
    languages: [en, es]
    steps:
      - name: language
        do: ask
        text: { en: English or español?, es: English or español? }
        answer:
          kind: choice
          options:
            - { value: en, label: { en: English, es: English } }
            - { value: es, label: { en: Español, es: Español } }
      - name: topic
        do: ask
        text: { en: What is it about?, es: ¿De qué se trata? }
        answer:
          kind: choice
          options:
            - { value: billing, label: { en: Billing, es: Facturación } }
            - { value: other, label: { en: Something else, es: Otra cosa } }
        again: { en: Please answer with a number., es: Responda con un número. }
      - name: order
        do: ask
        text: { en: Your order number?, es: ¿Su número de pedido? }
        answer: { kind: number, whole: true, min: 1 }
      - name: customer
        do: lookUp
        url: ${crm}/orders/{order}
        timeoutSeconds: 30
        keep: { tier: customer.tier }
        otherwise: hand-over
      - name: hand-over
        do: route
        text: { en: 'One moment, {tenant} is looking for somebody.', es: 'Un momento, {tenant} busca a alguien.' }
  `) as object;

describe.skipIf(without !== undefined)(`a dialog by SMS, then an agent in Element ${without ?? ''}`, () => {
  let crm: Server;
  let rig: Rig;
  let anna: Agent;
  const asked: string[] = [];
  beforeAll(async () => {
    crm = createServer((request, response) => {
      asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
      if (request.url !== '/orders/4711') response.writeHead(404);
      response.end(JSON.stringify({ customer: { tier: 'gold' } }));
    });
    await new Promise<void>((resolve) => crm.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${String((crm.address() as AddressInfo).port)}`;
    rig = await startRig({
      trustedOrigins: [origin],
      tenants: {
        acme: { agents: ['anna'], services: { welcome: welcome(origin) }, service: 'welcome' },
      },
    });
    anna = rig.enterprise('acme').agent('anna');
  });
  afterAll(async () => {
    await (rig as Rig | undefined)?.stop();
    await new Promise((resolve) => (crm as Server | undefined)?.close(resolve));
  });

  test('in English, with what the CRM knows of the order', async () => {
    const sam = new SmsCustomer(rig.enterprise('acme'), '+15552223001');
    await sam.says('Hello');
    await sam.gets('English or español?\n1. English\n2. Español');
    expect(anna.isBeingAsked()).toBe(false);
    await sam.says('1');
    await sam.gets('What is it about?\n1. Billing\n2. Something else');
    await sam.says('what?');
    await sam.gets('Please answer with a number.');
    await sam.says('1');
    await sam.gets('Your order number?');
    await sam.says('4711');
    await sam.gets('One moment, acme is looking for somebody.');
    const room = await anna.accepts();
    await anna.sees(
      room,
      ({ content }) =>
        content['body'] === 'Known of the customer:\nlanguage: en\ntopic: billing\norder: 4711\ntier: gold',
      'what is known of the customer',
    );
    await anna.says(room, 'It is on its way, Sam.');
    await sam.gets('It is on its way, Sam.');
    await anna.says(room, '!close');
    await anna.isIn(room, 'leave');
    expect(asked).toEqual(['GET /orders/4711']);
  });

  test('in Spanish, without the CRM, and after a restart in the middle', async () => {
    const sol = new SmsCustomer(rig.enterprise('acme'), '+15552223002');
    await sol.says('Hola');
    await sol.gets('English or español?\n1. English\n2. Español');
    await sol.says('español');
    await sol.gets('¿De qué se trata?\n1. Facturación\n2. Otra cosa');
    await rig.killSwitchboard();
    await rig.startSwitchboard();
    await sol.says('Otra cosa');
    await sol.gets('¿Su número de pedido?');
    await sol.says('12');
    await sol.gets('Un momento, acme busca a alguien.');
    const room = await anna.accepts();
    await anna.sees(
      room,
      ({ content }) => content['body'] === 'Known of the customer:\nlanguage: es\ntopic: other\norder: 12',
      'what is known of the customer',
    );
    await anna.says(room, 'Hola Sol');
    await sol.gets('Hola Sol');
    expect(sol.texts()).toHaveLength(5);
  });
});
