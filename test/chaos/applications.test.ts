import { createHmac, randomBytes } from 'node:crypto';
import { Agent } from 'node:http';
import { Webhook } from 'standardwebhooks';
import twilio from 'twilio';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ensurePostgres } from '../../dev/postgres/ensure-postgres.ts';
import { startPostgres, type RunningPostgres } from '../../dev/postgres/start-postgres.ts';
import {
  openApplicationServer,
  status,
  xml,
  type Answering,
  type Asked,
} from '../fixtures/application-server.ts';
import { send, sendUntilTaken, startPeerServer } from './peer-server.ts';
import { endWithinMs, superviseProcess, type SupervisedProcess } from './supervised-process.ts';
import { createSwitchboardWorld } from './switchboard-world.ts';

const programs = await ensurePostgres();
const { VoiceResponse } = twilio.twiml;
const lineSecret = 'a-secret-of-the-line';
const secret = `whsec_${randomBytes(32).toString('base64')}`;
const patience = { timeout: 90_000, interval: 50 };

/** TwiML made with npm `twilio`. */
function voice(build: (answer: InstanceType<typeof VoiceResponse>) => void): Answering {
  const answer = new VoiceResponse();
  build(answer);
  return xml(answer);
}
const silent: Answering = () => undefined;

describe.skipIf('unavailable' in programs)('an application, asked by two replicas on PostgreSQL', () => {
  let server: RunningPostgres;
  beforeAll(async () => {
    if (!('unavailable' in programs)) server = await startPostgres(programs);
  });
  afterAll(() => server.stop());

  test('is asked again under the same id when its replica dies before or after the answer, and what it says is done once', async () => {
    const routes: Record<string, Answering> = {};
    const application = await openApplicationServer((asked, response, request) => {
      // Now: a signature is good for five minutes.
      try {
        new Webhook(secret).verify(asked.body, asked.headers, { jsonParse: false });
      } catch (error) {
        badlySigned.push(`${asked.path}: ${String(error)}`);
      }
      (routes[asked.path] ?? status(404))(asked, response, request);
    });
    const badlySigned: string[] = [];
    const shown = new Map<string, string>();
    const phone = await startPeerServer((_, body, response) => {
      const { id, text } = body as { id: string; text?: string };
      if (text !== undefined) shown.set(id, text);
      response.writeHead(200).end();
    });
    const database = await server.createDatabase();
    const world = await createSwitchboardWorld({
      ...{ seed: 1, conversations: 1, faults: { busy: 0, broken: 0, cut: 0 } },
      shared: { replicas: 2, database },
      trustedOrigins: [application.origin],
      tenant: {
        applications: { ivr: { url: `${application.origin}/start`, secret, timeoutSeconds: 10 } },
        services: { front: { kind: 'application', application: 'ivr' } },
      },
      lines: {
        phone: {
          channel: 'loopback',
          queue: 'support',
          service: 'front',
          parameters: { secret: lineSecret, callbackUrl: phone.url },
        },
      },
    });
    const replicas = world.targets.map(superviseProcess) as [SupervisedProcess, SupervisedProcess];
    const agent = new Agent({ keepAlive: true });
    let words = 0;
    /** To whichever replica takes it. */
    const says = async (text: string): Promise<void> => {
      const path = '/channels/loopback/tenant0/phone/messages';
      const body = { type: 'text', id: `word-${String((words += 1))}`, from: 'cora', text };
      const signature = createHmac('sha256', lineSecret)
        .update(`POST\n${path}\n`)
        .update(JSON.stringify(body))
        .digest('hex');
      let attempt = 0;
      await sendUntilTaken(
        async () => {
          const { readyUrl } = world.targets[(attempt += 1) % 2]!;
          return send(agent, 'POST', new URL(path, readyUrl).href, body, {
            'x-loopback-signature': signature,
          });
        },
        () => false,
      );
    };
    const asked = (path: string, event?: string): Asked[] =>
      application.seen.filter(
        ({ path: at, parameters }) => at === path && (event === undefined || parameters['Event'] === event),
      );
    const isAsked = async (path: string, times = 1): Promise<void> => {
      await vi.waitUntil(() => asked(path).length >= times, patience);
    };
    const gets = async (text: string): Promise<void> => {
      await vi
        .waitUntil(() => [...shown.values()].includes(text), patience)
        .catch(() => {
          throw new Error(`no “${text}”\n${replicas.map((replica) => replica.lastWords()).join('\n')}`);
        });
    };
    try {
      // Only the first is there, so that it is the one that asks.
      await replicas[0].start();
      routes['/start'] = silent;
      await says('Hello');
      await isAsked('/start');
      await replicas[1].start();
      // It stays away until the other one has taken over.
      const firstIsBack = replicas[0].kill(async () => {
        routes['/start'] = voice((answer) => {
          answer.gather({ action: '/menu', numDigits: 1 }).say('Send 1 for support.');
        });
        await gets('Send 1 for support.');
      });
      await gets('Send 1 for support.');
      expect(new Set(asked('/start').map(({ headers }) => headers['webhook-id'])).size).toBe(1);
      expect(asked('/start').length).toBeGreaterThan(1);

      // The second has the conversation now. It dies as soon as it was answered.
      await firstIsBack;
      let secondIsBack: Promise<void> = Promise.resolve();
      const menu = voice((answer) => {
        answer.say('Thank you.');
        answer.enqueue({ action: '/after' } as never, 'nowhere');
      });
      routes['/menu'] = (request, response, raw) => {
        routes['/menu'] = menu;
        response.on('finish', () => {
          secondIsBack = replicas[1].kill(async () => gets('Thank you.'));
        });
        menu(request, response, raw);
      };
      routes['/after'] = silent;
      await says('1');
      await gets('Thank you.');

      // The action is being asked, by whichever: both of them die over it.
      await isAsked('/after');
      await secondIsBack;
      const times = asked('/after').length;
      routes['/after'] = voice((answer) => {
        answer.say('We will call you.');
        answer.hangup();
      });
      await Promise.all(replicas.map(async (replica) => replica.kill()));
      await gets('We will call you.');
      expect(asked('/after').length).toBeGreaterThan(times - 1);
      await vi.waitUntil(() => asked('/start', 'ended').length > 0, patience);

      const idsOf = (path: string): number =>
        new Set(asked(path).map(({ headers }) => headers['webhook-id'])).size;
      expect([idsOf('/menu'), idsOf('/after')]).toEqual([1, 1]);
      expect(new Set(asked('/after').map(({ parameters }) => parameters['QueueResult']))).toEqual(
        new Set(['error']),
      );
      expect(badlySigned).toEqual([]);
      // Each once, whatever was asked twice.
      expect([...shown.values()]).toEqual(['Send 1 for support.', 'Thank you.', 'We will call you.']);
      console.log(
        `asked ${application.seen.map(({ path, parameters }) => `${path} ${String(parameters['Event'])}`).join(', ')}`,
      );
    } finally {
      await Promise.all(replicas.map(async (replica) => replica.terminate(endWithinMs)));
      agent.destroy();
      await world.close();
      await phone.close();
      await application.close();
      await server.dropDatabase(database);
    }
  });
});
