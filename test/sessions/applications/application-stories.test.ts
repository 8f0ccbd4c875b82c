import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import twilio from 'twilio';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Application } from '../../../src/directory/application.ts';
import {
  json,
  openApplicationServer,
  status,
  xml,
  type Answering,
  type ApplicationServer,
  type Asked,
} from '../../fixtures/application-server.ts';
import { stands } from '../passing-time.ts';
import { openWorld, type World, type WorldOptions } from '../world.ts';

const { VoiceResponse } = twilio.twiml;
const secret = `whsec_${randomBytes(32).toString('base64')}`;
const twilioAuthToken = randomBytes(16).toString('hex');
const minute = 60_000;

let server: ApplicationServer;
let world: World;
/** What the application answers, by path. */
let routes: Record<string, Answering>;
beforeEach(async () => {
  routes = {};
  server = await openApplicationServer((asked, response, request) => {
    (routes[asked.path] ?? status(404))(asked, response, request);
  });
});
afterEach(async () => {
  await world.close();
  await server.close();
});

const application = (change: Partial<Application> = {}): Application => ({
  id: 'ivr',
  url: `${server.origin}/start`,
  method: 'POST',
  format: 'form',
  secrets: [secret],
  twilioAuthToken,
  timeoutMs: 20_000,
  retries: 0,
  waitFloorMs: minute,
  ...change,
});
async function open(options: WorldOptions = {}, change: Partial<Application> = {}): Promise<World> {
  world = await openWorld({
    applications: [application(change)],
    services: { front: { kind: 'application', application: 'ivr' } },
    service: 'front',
    ...options,
  });
  return world;
}
const voice = (build: (answer: InstanceType<typeof VoiceResponse>) => void): Answering => {
  const answer = new VoiceResponse();
  build(answer);
  return xml(answer);
};
const asked = (path: string): Asked[] => server.seen.filter((one) => one.path === path);
const told = (path: string, name: string): unknown[] => asked(path).map(({ parameters }) => parameters[name]);
const invitations = (): string[] => world.room().filter((line) => line.startsWith('invite'));
const notices = (): string[] => world.room().filter((line) => line.startsWith('notice'));

describe('an application made with npm twilio', () => {
  it('greets, asks, and enqueues; each request is signed both ways', async () => {
    routes['/start'] = voice((answer) => {
      const gather = answer.gather({ numDigits: 1, action: '/menu' });
      gather.say('Send 1 for billing.');
    });
    routes['/menu'] = voice((answer) => {
      answer.say('Thank you.');
      answer.enqueue({}, 'Support');
    });
    await open();
    const cora = world.customer();
    await cora.says('Hello & goodbye');
    expect(cora.saw()).toEqual(['Acme: Send 1 for billing.']);
    expect(invitations()).toEqual([]);
    await cora.says('1');
    expect(cora.saw()).toEqual(['Acme: Send 1 for billing.', 'Acme: Thank you.']);
    expect(invitations()).toEqual(['invite @anna:example.org']);
    expect(server.seen.map(({ path, parameters }) => [path, parameters['Event']])).toEqual([
      ['/start', 'started'],
      ['/menu', 'answer'],
    ]);
    expect(asked('/start')[0]?.parameters).toMatchObject({
      AccountSid: 'acme',
      From: 'cora',
      To: 'front',
      Network: 'loopback',
      Body: 'Hello & goodbye',
      CallStatus: 'in-progress',
    });
    expect(asked('/menu')[0]?.parameters).toMatchObject({
      Question: 'gather',
      Digits: '1',
      SpeechResult: '1',
    });
    for (const { url, headers, body, parameters } of server.seen) {
      const form = parameters as Record<string, string>;
      const at = Number(headers['webhook-timestamp']);
      expect(at).toBe(Math.floor(world.clock.now() / 1000));
      expect(twilio.validateRequest(twilioAuthToken, headers['x-twilio-signature'] ?? '', url, form)).toBe(
        true,
      );
      // npm standardwebhooks goes by the machine's clock; this world has one of its own.
      expect(new Webhook(secret).sign(headers['webhook-id'] ?? '', new Date(at * 1000), body)).toBe(
        headers['webhook-signature'],
      );
    }
  });

  it('waits for the answer to what it said before', async () => {
    routes['/start'] = voice((answer) => {
      answer.say('Your order number?');
      answer.gather({ action: '/order' });
    });
    routes['/order'] = voice((answer) => {
      answer.say('Thank you.');
      answer.hangup();
    });
    await open();
    const cora = world.customer();
    await cora.says('Hello');
    expect(cora.saw()).toEqual(['Acme: Your order number?']);
    await cora.says('4711');
    expect(cora.saw()).toEqual(['Acme: Your order number?', 'Acme: Thank you.']);
    expect(told('/order', 'Digits')).toEqual(['4711']);
  });

  it('goes on with what follows a question that nobody answers', async () => {
    routes['/start'] = voice((answer) => {
      answer.gather({ timeout: 90, action: '/menu' }).say('Anything?');
      answer.say('Then not.');
      answer.hangup();
    });
    await open();
    const cora = world.customer();
    await cora.says('Hello');
    await world.pass(90_000, () => {
      expect(cora.saw()).toEqual(['Acme: Anything?', 'Acme: Then not.']);
    });
    expect(world.sessionLog).toEqual(['closed']);
    expect(asked('/menu')).toEqual([]);
  });

  it('is told when the session is over, and what it answers then is too late', async () => {
    routes['/start'] = (request, response, raw) => {
      if (request.parameters['Event'] === 'ended')
        voice((answer) => answer.say('Too late'))(request, response, raw);
      else voice((answer) => answer.enqueue({}, 'support'))(request, response, raw);
    };
    await open();
    const cora = world.customer();
    await cora.says('Hello');
    await world.anna(cora.conversation).joins();
    await world.anna(cora.conversation).says('!close');
    expect(told('/start', 'Event')).toEqual(['started', 'ended']);
    expect(told('/start', 'CallStatus')).toEqual(['in-progress', 'completed']);
    expect(cora.saw()).toEqual([]);
  });
});

describe('an application that answers in JSON', () => {
  it('keeps attributes, which it gets back', async () => {
    routes['/start'] = json([
      { do: 'set', attributes: { tier: 'gold' } },
      { do: 'ask', name: 'topic', text: 'What about?', action: '/topic' },
    ]);
    routes['/topic'] = json([{ do: 'enqueue', attributes: { seen: true } }]);
    await open({}, { format: 'json' });
    const cora = world.customer();
    await cora.says('Hello');
    await cora.says('My bill');
    expect(asked('/topic')[0]?.parameters).toMatchObject({
      Answer: 'My bill',
      Question: 'topic',
      Attributes: { tier: 'gold', topic: 'My bill' },
    });
    expect(invitations()).toEqual(['invite @anna:example.org']);
  });
});

describe('an application that fails', () => {
  it.each([
    ['is not there', status(404), 'answered 404'],
    ['does not speak TwiML', xml('<Response><Dial>+1555</Dial></Response>'), 'Dial: no such verb'],
    [
      'names a queue that is not there',
      voice((answer) => answer.enqueue({}, 'sales')),
      'there is no queue sales',
    ],
    [
      'leads to a host of nobody',
      voice((answer) => answer.redirect('https://evil.example/x')),
      'no application is declared at evil.example',
    ],
  ])('costs no session: it %s', async (_, answer, words) => {
    routes['/start'] = answer;
    await open();
    await world.customer().says('Hello');
    expect(invitations()).toEqual(['invite @anna:example.org']);
    expect(notices().join()).toContain(words);
  });

  it('costs no session: it is no longer declared', async () => {
    await open({ applications: [] });
    await world.customer().says('Hello');
    expect(invitations()).toEqual(['invite @anna:example.org']);
    expect(notices().join()).toContain('the application that it names is not declared');
  });

  it('for a moment only is asked again, under the same id, and its answer counts once', async () => {
    let tries = 0;
    routes['/start'] = (request, response, raw) => {
      tries += 1;
      const answer = voice((words) => {
        words.say('Welcome.');
        words.enqueue({}, 'support');
      });
      (tries === 1 ? status(503) : answer)(request, response, raw);
    };
    await open({}, { retries: 1 });
    const cora = world.customer();
    await cora.writes('Hello');
    await stands(world);
    expect(asked('/start')).toHaveLength(1);
    await world.pass(2000, () => {
      expect(cora.saw()).toEqual(['Acme: Welcome.']);
    });
    const [first, second] = asked('/start');
    expect(asked('/start')).toHaveLength(2);
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    expect(second?.body).toBe(first?.body);
    expect(invitations()).toEqual(['invite @anna:example.org']);
  });

  it('holds up neither the room nor others', async () => {
    const held: (() => void)[] = [];
    routes['/start'] = (request, response, raw) => {
      const answer = (): void => {
        voice((words) => words.enqueue({}, 'support'))(request, response, raw);
      };
      if (request.parameters['From'] === 'slow') held.push(answer);
      else answer();
    };
    await open();
    const slow = world.customer('slow');
    await slow.writes('Hello');
    const quick = world.customer('quick');
    await quick.writes('Hello');
    await expect.poll(() => world.room(quick.conversation)).toContain('invite @anna:example.org');
    await expect.poll(() => world.room(slow.conversation)).toEqual(['contact: Hello']);
    held.forEach((answer) => {
      answer();
    });
    await world.delivery.idle();
    expect(world.room(slow.conversation).join()).toContain('invite');
  });
});
