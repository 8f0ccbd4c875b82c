import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import twilio from 'twilio';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  json,
  openApplicationServer,
  status,
  xml,
  type Answering,
  type ApplicationServer,
  type Asked,
} from '../fixtures/application-server.ts';
import type { Agent } from './product/agent.ts';
import { missing } from './product/peers.ts';
import { startRig, type Rig } from './product/rig.ts';
import { SmsCustomer } from './product/sms-customer.ts';
import { until } from './product/until.ts';

const without = await missing('synapse');
const { VoiceResponse } = twilio.twiml;
const secret = `whsec_${randomBytes(32).toString('base64')}`;
const twilioAuthToken = randomBytes(16).toString('hex');

/** What docs/integrator.md tells to do with each request: both signatures are verified, or it is refused. */
function verified(answer: Answering): Answering {
  return (asked, response, request) => {
    const { url, body, headers, parameters } = asked;
    const form = parameters as Record<string, string>;
    const byTwilio = twilio.validateRequest(twilioAuthToken, headers['x-twilio-signature'] ?? '', url, form);
    try {
      new Webhook(secret).verify(body, { ...headers }, { jsonParse: false });
    } catch {
      status(403)(asked, response, request);
      return;
    }
    (byTwilio ? answer : status(403))(asked, response, request);
  };
}

const start = (): InstanceType<typeof VoiceResponse> => {
  const answer = new VoiceResponse();
  answer.say('Welcome to Acme.');
  answer.gather({ numDigits: 1, action: '/menu' }).say('Send 1 for support.');
  return answer;
};
const menu = (): InstanceType<typeof VoiceResponse> => {
  const answer = new VoiceResponse();
  answer.enqueue({ waitUrl: '/wait', action: '/after' }, 'support');
  return answer;
};
const wait: Answering = (asked, response, request) => {
  const answer = new VoiceResponse();
  answer.say(`You are number ${String(asked.parameters['QueuePosition'])}.`);
  xml(answer)(asked, response, request);
};
const routes: Readonly<Record<string, Answering>> = {
  '/start': (asked, response, request) => {
    (asked.parameters['Event'] === 'started' ? xml(start()) : json([]))(asked, response, request);
  },
  '/menu': xml(menu()),
  '/wait': wait,
  '/after': xml(new VoiceResponse()),
};

describe.skipIf(without !== undefined)(`an application made with npm twilio, by SMS ${without ?? ''}`, () => {
  let application: ApplicationServer;
  let rig: Rig;
  let anna: Agent;
  beforeAll(async () => {
    application = await openApplicationServer((asked, response, request) => {
      verified(routes[asked.path] ?? status(404))(asked, response, request);
    });
    const ivr = {
      url: `${application.origin}/start`,
      secret,
      twilioAuthToken,
      // However busy the machine is, nothing is asked a second time.
      timeoutSeconds: 10,
      waitSeconds: 3600,
    };
    rig = await startRig({
      trustedOrigins: [application.origin],
      tenants: {
        acme: {
          agents: ['anna'],
          applications: { ivr },
          services: { front: { kind: 'application', application: 'ivr' } },
          service: 'front',
        },
      },
    });
    anna = rig.enterprise('acme').agent('anna');
  });
  afterAll(async () => {
    await (rig as Rig | undefined)?.stop();
    await (application as ApplicationServer | undefined)?.close();
  });

  test('greets, asks, enqueues and tells the position; the agent answers; the action hears that', async () => {
    const asked = (path: string, from: string): Asked[] =>
      application.seen.filter((one) => one.path === path && one.parameters['From'] === from);
    // Somebody comes first, so that Anna can say that she is busy.
    const dan = new SmsCustomer(rig.enterprise('acme'), '+15552223001');
    await dan.says('Hello');
    await dan.gets('Send 1 for support.');
    await dan.says('1');
    const danRoom = await anna.accepts();
    await anna.says(danRoom, '!busy');
    await anna.sees(danRoom, ({ content }) => /busy/i.test(String(content['body'])), 'that she is busy');

    const sam = new SmsCustomer(rig.enterprise('acme'), '+15552223002');
    await sam.says('Hello');
    await sam.gets('Welcome to Acme.');
    await sam.gets('Send 1 for support.');
    expect(asked('/menu', sam.number)).toEqual([]);
    await sam.says('1');
    await sam.gets('You are number 1.');
    expect(anna.isBeingAsked()).toBe(false);
    expect(asked('/menu', sam.number)[0]?.parameters).toMatchObject({ Event: 'answer', Digits: '1' });
    expect(asked('/wait', sam.number)[0]?.parameters).toMatchObject({
      QueueSid: 'support',
      QueuePosition: '1',
      CurrentQueueSize: '1',
      AgentsAvailable: '0',
    });

    await anna.says(danRoom, '!available');
    const samRoom = await anna.accepts();
    await anna.says(samRoom, 'Here I am, Sam.');
    await sam.gets('Here I am, Sam.');
    expect(asked('/after', sam.number)).toEqual([]);
    await anna.says(samRoom, '!close');
    await until('the action', () => asked('/after', sam.number)[0]);
    await until('the end', () =>
      asked('/start', sam.number).find(({ parameters }) => parameters['Event'] === 'ended'),
    );
    expect(asked('/after', sam.number).map(({ parameters }) => parameters)).toMatchObject([
      { Event: 'queue', QueueResult: 'bridged', QueueSid: 'support', CallStatus: 'in-progress' },
    ]);
    expect(sam.texts()).toEqual([
      'Welcome to Acme.',
      'Send 1 for support.',
      'You are number 1.',
      'Here I am, Sam.',
    ]);
  });
});
