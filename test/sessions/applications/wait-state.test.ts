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
import { as } from '../../../src/platform/ids.ts';
import type { Instruction } from '../../../src/services/instruction.ts';
import type { QueueNews } from '../../../src/sessions/conversation-event.ts';
import { calendars } from '../calendars.ts';
import { acme, openWorld, type World, type WorldOptions } from '../world.ts';

const { VoiceResponse } = twilio.twiml;
const second = 1000;
const minute = 60_000;
const hour = 60 * minute;

let server: ApplicationServer;
let world: World;
let opened: WorldOptions;
let routes: Record<string, Answering>;
beforeEach(async () => {
  routes = { '/start': enqueue({ waitUrl: '/wait', action: '/after' }), '/after': json([]) };
  server = await openApplicationServer((asked, response, request) => {
    (routes[asked.path] ?? status(404))(asked, response, request);
  });
});
afterEach(async () => {
  await world.close();
  await server.close();
});

/** One agent, who has her hands full with a customer of her own, so that everybody else waits. */
async function open(options: WorldOptions = {}, change: Partial<Application> = {}): Promise<void> {
  const application: Application = {
    id: 'ivr',
    url: `${server.origin}/start`,
    method: 'POST',
    format: 'form',
    secrets: [],
    timeoutMs: 20_000,
    retries: 0,
    waitFloorMs: minute,
    ...change,
  };
  opened = {
    agents: ['anna'],
    capacity: 1,
    applications: [application],
    services: { front: { kind: 'application', application: 'ivr' } },
    service: 'front',
    ...options,
  };
  world = await openWorld(opened);
  const busy = world.customer('busy');
  await busy.says('Hello');
  await world.anna(busy.conversation).joins();
  server.seen.splice(0);
}
const free = async (): Promise<void> => {
  await world.anna(world.customer('busy').conversation).says('!close');
};
const voice = (build: (answer: InstanceType<typeof VoiceResponse>) => void): Answering => {
  const answer = new VoiceResponse();
  build(answer);
  return xml(answer);
};
function enqueue(attributes: Parameters<InstanceType<typeof VoiceResponse>['enqueue']>[0]): Answering {
  return voice((answer) => answer.enqueue(attributes as never, 'support'));
}
const position: Answering = (request, response, raw) => {
  voice((answer) => answer.say(`You are number ${String(request.parameters['QueuePosition'])}.`))(
    request,
    response,
    raw,
  );
};
const asked = (path: string, from?: string): Asked[] =>
  server.seen.filter((one) => one.path === path && (from === undefined || one.parameters['From'] === from));
const results = (from?: string): unknown[] =>
  asked('/after', from).map(({ parameters }) => parameters['QueueResult']);
/** As REST does it. */
const takeOut = async (from: string, instructions: readonly Instruction[]): Promise<void> => {
  const session = String(asked('/start', from)[0]?.parameters['CallSid']);
  const news: QueueNews = { what: 'dequeue', session: as(session), queue: as('support'), instructions };
  await world.delivery.accept(acme, [
    { id: as(`dequeue ${session}`), key: world.customer(from).conversation, event: { type: 'queue', news } },
  ]);
  await world.delivery.idle();
};

describe('who waits', () => {
  it('hears from the application at once, with their place', async () => {
    routes['/wait'] = position;
    await open({ queue: { maxSize: 40 } });
    const cora = world.customer();
    await cora.says('Hello');
    expect(cora.saw()).toEqual(['Acme: You are number 1.']);
    expect(asked('/wait')[0]?.parameters).toMatchObject({
      Event: 'waiting',
      QueueSid: 'support',
      QueuePosition: '1',
      QueueTime: '0',
      AvgQueueTime: '0',
      CurrentQueueSize: '1',
      MaxQueueSize: '40',
      AgentsAvailable: '1',
    });
    expect(asked('/wait')[0]?.parameters).not.toHaveProperty('EstimatedWaitTime');
  });

  it('hears again when the place is another, not before 15 seconds, and not twice the same', async () => {
    routes['/wait'] = position;
    await open();
    const [first, second_] = ['first', 'second'].map((name) => world.customer(name));
    await first?.says('Hello');
    world.clock.advance(second);
    await second_?.says('Hello');
    expect(second_?.saw()).toEqual(['Acme: You are number 2.']);
    await first?.tells({ kind: 'ended' });
    world.clock.advance(13 * second);
    await world.delivery.idle();
    expect(asked('/wait', 'second')).toHaveLength(1);
    await world.pass(15 * second, () => {
      expect(second_?.saw()).toEqual(['Acme: You are number 2.', 'Acme: You are number 1.']);
    });
    for (const times of [3, 4])
      await world.pass(minute, () => {
        expect(asked('/wait', 'second')).toHaveLength(times);
      });
    expect(second_?.saw()).toHaveLength(2);
  });

  it('has the application asked no more than every 15 seconds, whatever it redirects to', async () => {
    let count = 0;
    routes['/wait'] = (request, response, raw) => {
      count += 1;
      const text = `text ${String(count)}`;
      voice((answer) => {
        answer.say(text);
        answer.redirect('/wait');
      })(request, response, raw);
    };
    await open();
    const cora = world.customer();
    await cora.says('Hello');
    for (const times of [2, 3, 4]) {
      world.clock.advance(14 * second);
      await world.delivery.idle();
      expect(asked('/wait')).toHaveLength(times - 1);
      await world.pass(second, () => {
        expect(asked('/wait')).toHaveLength(times);
      });
    }
  });

  it('gets at most five messages of one answer', async () => {
    routes['/wait'] = voice((answer) => {
      for (let number = 1; number <= 90; number += 1) answer.say(`Number ${String(number)}`);
    });
    await open();
    const cora = world.customer();
    await cora.says('Hello');
    expect(cora.saw()).toHaveLength(5);
  });

  it('may answer a question, and leave: the action hears how it ended, once, and goes on', async () => {
    routes['/wait'] = voice((answer) => {
      answer.gather({ action: '/choice', numDigits: 1 }).say('Send 1 to leave a message instead.');
    });
    routes['/choice'] = voice((answer) => answer.leave());
    routes['/after'] = voice((answer) => {
      answer.say('We will call you.');
      answer.hangup();
    });
    await open();
    const cora = world.customer();
    await cora.says('Hello');
    world.clock.advance(7 * second);
    await cora.says('1');
    expect(asked('/choice')[0]?.parameters).toMatchObject({
      Digits: '1',
      QueuePosition: '1',
      QueueTime: '7',
    });
    expect(asked('/after').map(({ parameters }) => parameters)).toMatchObject([
      { Event: 'queue', QueueResult: 'leave', QueueSid: 'support', QueueTime: '7' },
    ]);
    expect(cora.saw()).toEqual(['Acme: Send 1 to leave a message instead.', 'Acme: We will call you.']);
    expect(world.sessionLog.at(-1)).toBe('closed');
  });
});

describe('who waits again because the agent left', () => {
  it('hears from the application again, no sooner than ever after it was asked last; the action hears once', async () => {
    routes['/wait'] = position;
    await open();
    const cora = world.customer();
    const anna = world.anna(cora.conversation);
    await cora.says('Hello');
    await free();
    await anna.joins();
    world.clock.advance(8 * second);
    await anna.leaves();
    expect(asked('/wait', 'cora')).toHaveLength(1);
    await world.pass(7 * second, () => {
      expect(asked('/wait', 'cora')).toHaveLength(2);
    });
    expect(cora.saw()).toEqual(['Acme: You are number 1.', 'Acme: You are number 1.']);
    expect(asked('/wait', 'cora')[1]?.parameters).toMatchObject({ QueuePosition: '1', QueueTime: '7' });
    // And while she is there, it is not asked.
    await world.pass(minute, () => undefined);
    await anna.joins();
    const times = asked('/wait', 'cora').length;
    await world.pass(5 * minute, () => undefined);
    expect(asked('/wait', 'cora')).toHaveLength(times);
    await anna.leaves();
    expect(asked('/wait', 'cora')).toHaveLength(times + 1);
    await cora.tells({ kind: 'ended' });
    expect(results('cora')).toEqual(['bridged']);
  });
});

describe('a closed queue', () => {
  const opensAt = '2026-01-16T08:00:00.000Z';
  const inTheEvening = async (options: WorldOptions = {}): Promise<void> => {
    await open({ calendars, ...options, queue: { calendar: 'office', ...options.queue } });
    await free();
    world.clock.advance(5 * hour);
    await world.delivery.idle();
  };

  it('is told to the action, once; whose answer says nothing waits there, and hears when it opens', async () => {
    routes['/wait'] = position;
    await inTheEvening();
    const cora = world.customer();
    await cora.says('Hello');
    expect(asked('/after', 'cora').map(({ parameters }) => parameters)).toMatchObject([
      { Event: 'queue', QueueResult: 'closed', QueueSid: 'support', QueueOpensAt: opensAt },
    ]);
    expect(asked('/wait', 'cora')[0]?.parameters).toMatchObject({
      QueuePosition: '1',
      AgentsAvailable: '1',
      QueueOpensAt: opensAt,
    });
    expect(world.room(cora.conversation)).not.toContain('invite @anna:example.org');
    await world.pass(15 * hour, () => {
      expect(world.room(cora.conversation)).toContain('invite @anna:example.org');
    });
    await world.anna(cora.conversation).joins();
    await world.anna(cora.conversation).says('!close');
    expect(results('cora')).toEqual(['closed']);
  });

  it('is waited for by who enqueues there all the same, and the second action hears how that ended', async () => {
    await inTheEvening();
    routes['/after'] = (request, response, raw) => {
      const { QueueResult } = request.parameters;
      const again = enqueue({ waitUrl: '/wait', action: '/second' });
      (QueueResult === 'closed' ? again : json([]))(request, response, raw);
    };
    routes['/wait'] = position;
    routes['/second'] = json([]);
    const cora = world.customer();
    await cora.says('Hello');
    expect(cora.saw()).toEqual(['Acme: You are number 1.']);
    await cora.tells({ kind: 'ended' });
    expect(results('cora')).toEqual(['closed']);
    expect(asked('/second').map(({ parameters }) => parameters['QueueResult'])).toEqual(['hangup']);
  });

  it('is left to the application where that says something else', async () => {
    await inTheEvening();
    routes['/after'] = voice((answer) => {
      answer.say('Call again tomorrow.');
      answer.hangup();
    });
    const cora = world.customer();
    await cora.says('Hello');
    expect(cora.saw()).toEqual(['Acme: Call again tomorrow.']);
    expect(world.sessionLog.at(-1)).toBe('closed');
  });

  it('keeps who has no action, or an action that is down: nothing is lost', async () => {
    await inTheEvening();
    routes['/start'] = enqueue({ waitUrl: '/wait' });
    routes['/wait'] = position;
    const [cora, dan] = [world.customer('cora'), world.customer('dan')];
    await cora.says('Hello');
    expect(cora.saw()).toEqual(['Acme: You are number 1.']);
    routes['/start'] = enqueue({ action: '/gone' });
    await dan.says('Hello');
    expect(world.room(dan.conversation).join('\n')).toMatch(/The service could not go on: .*404/);
    await world.pass(15 * hour, () => {
      expect(world.room(cora.conversation)).toContain('invite @anna:example.org');
    });
    await world.anna(cora.conversation).joins();
    await world.anna(cora.conversation).says('!close');
    expect(world.room(dan.conversation)).toContain('invite @anna:example.org');
  });
});

describe('the action hears once', () => {
  it('error, where its queue is not there; what it answers is done', async () => {
    await open();
    routes['/start'] = voice((answer) => answer.enqueue({ action: '/after' } as never, 'sales'));
    routes['/after'] = voice((answer) => {
      answer.say('This way, please.');
      answer.enqueue({}, 'support');
    });
    await free();
    const cora = world.customer();
    await cora.says('Hello');
    expect(asked('/after', 'cora').map(({ parameters }) => parameters)).toMatchObject([
      { QueueResult: 'error', QueueSid: 'sales' },
    ]);
    expect(cora.saw()).toEqual(['Acme: This way, please.']);
    expect(world.room(cora.conversation)).toContain(
      'notice: The service named the queue sales, which there is not: its action says how it goes on.',
    );
    expect(world.room(cora.conversation)).toContain('invite @anna:example.org');
  });

  it('redirected, where REST takes them out; redirected-from-bridged, after they had an agent', async () => {
    routes['/wait'] = position;
    await open();
    const [cora, dan] = [world.customer('cora'), world.customer('dan')];
    await cora.says('Hello');
    await takeOut('cora', [{ do: 'end', text: 'Goodbye' }]);
    expect(results('cora')).toEqual(['redirected']);
    await dan.says('Hello');
    await free();
    await world.anna(dan.conversation).joins();
    await world.anna(dan.conversation).leaves();
    await takeOut('dan', [{ do: 'end', text: 'Goodbye' }]);
    expect(results('dan')).toEqual(['redirected-from-bridged']);
    expect(dan.saw().at(-1)).toBe('Acme: Goodbye');
  });

  it('queue-full of the queue that a rule names, unless another way is open', async () => {
    const full = (overflow: readonly object[]): WorldOptions => ({
      moreQueues: { sales: { maxSize: 1, members: [], name: 'Sales' } },
      rules: [{ name: 'All', when: '!contact.address.startsWith("busy")', queue: 'sales', overflow }],
    });
    const come = async (...names: readonly string[]): Promise<void> => {
      for (const name of names) await world.customer(name).says('Hello');
    };
    await open(full([]));
    await come('first', 'cora');
    expect(asked('/after', 'cora').map(({ parameters }) => parameters)).toMatchObject([
      { QueueResult: 'queue-full', QueueSid: 'sales' },
    ]);
    expect(results('first')).toEqual([]);
    await world.close();

    const overflow = [{ queue: 'support', moreThan: 1 }];
    await open(full(overflow));
    await come('first', 'cora');
    expect(results('cora')).toEqual([]);
    expect(world.room(world.customer('cora').conversation)).toContain(
      'notice: Goes to the queue Support: more than 1 waited.',
    );
    await world.close();

    // There they wait as well.
    await open({ ...full(overflow), queue: { maxSize: 1 } });
    await come('busy too', 'first', 'cora');
    expect([results('first'), results('cora')]).toEqual([[], ['queue-full']]);
  });

  it('bridged, when the session is over', async () => {
    routes['/wait'] = position;
    await open();
    const cora = world.customer();
    await cora.says('Hello');
    world.clock.advance(10 * second);
    await free();
    await world.anna(cora.conversation).joins();
    expect(results('cora')).toEqual([]);
    world.clock.advance(minute);
    await world.anna(cora.conversation).says('!close');
    expect(asked('/after', 'cora').map(({ parameters }) => parameters)).toMatchObject([
      { QueueResult: 'bridged', QueueTime: '10' },
    ]);
  });

  it('hangup, when the customer goes; bridging-in-process, while an agent is being asked', async () => {
    routes['/wait'] = position;
    await open();
    const [cora, dan] = [world.customer('cora'), world.customer('dan')];
    await cora.says('Hello');
    await cora.tells({ kind: 'ended' });
    expect(results('cora')).toEqual(['hangup']);
    await dan.says('Hello');
    await free();
    await dan.tells({ kind: 'ended' });
    expect(results('dan')).toEqual(['bridging-in-process']);
  });

  it('timeout, after as long as the task allows', async () => {
    routes['/start'] = voice((answer) =>
      answer.enqueue({ action: '/after', workflowSid: 'support' } as never).task({ timeout: 30 }, '{}'),
    );
    routes['/after'] = voice((answer) => answer.say('Nobody came.'));
    await open();
    const cora = world.customer();
    await cora.says('Hello');
    await world.pass(30 * second, () => {
      expect(results('cora')).toEqual(['timeout']);
      expect(cora.saw()).toEqual(['Acme: Nobody came.']);
    });
    // And nothing is lost: what runs out leads to an agent.
    await free();
    expect(world.room(cora.conversation)).toContain('invite @anna:example.org');
  });

  it('system-error, where the operator took its queue away; they wait on, no longer in all than they would have', async () => {
    await open({ moreQueues: { billing: { members: ['anna'] } } });
    routes['/start'] = voice((answer) => {
      answer.enqueue({ action: '/after', workflowSid: 'billing' } as never).task({ timeout: 60 }, '{}');
      answer.say('Nobody came.');
      answer.hangup();
    });
    const cora = world.customer();
    await cora.says('Hello');
    expect(asked('/start', 'cora')).toHaveLength(1);
    world.reconfigure({ ...opened, moreQueues: {} });
    await world.pass(10 * second, () => {
      expect(results('cora')).toEqual(['system-error']);
    });
    expect(asked('/after', 'cora')[0]?.parameters).toMatchObject({ QueueSid: 'billing' });
    await world.pass(50 * second, () => {
      expect(cora.saw()).toEqual(['Acme: Nobody came.']);
    });
    expect(results('cora')).toEqual(['system-error']);
  });

  it('queue-full, and without an action the customer waits all the same', async () => {
    routes['/wait'] = position;
    routes['/after'] = voice((answer) => {
      answer.say('Too many wait.');
      answer.hangup();
    });
    await open({ queue: { maxSize: 1 } });
    await world.customer('first').says('Hello');
    const cora = world.customer();
    await cora.says('Hello');
    expect(results('cora')).toEqual(['queue-full']);
    expect(cora.saw()).toEqual(['Acme: Too many wait.']);
    routes['/start'] = enqueue({ waitUrl: '/wait' });
    const dan = world.customer('dan');
    await dan.says('Hello');
    expect(dan.saw()).toEqual(['Acme: You are number 2.']);
  });
});

describe('a wait-state application changes nothing but its texts', () => {
  const endless: Answering = (_, response) => {
    response.writeHead(200, { 'content-type': 'text/xml' });
    const more = (): void => {
      while (response.writable && response.write('<Say>x</Say>'.repeat(500))) continue;
    };
    response.on('drain', more);
    more();
  };
  it.each<[string, Answering, RegExp, Partial<Application>?]>([
    ['is down', (_: Asked, response: Parameters<Answering>[1]) => response.destroy(), /no connection/],
    ['is silent', () => undefined, /no answer within 3000 ms/, { timeoutMs: 3000 }],
    ['never stops', endless, /no usable answer/],
    ['speaks broken XML', xml('<Response><Say>Hi</Response>'), /line 1, column/],
    [
      'gives 10,000 instructions',
      json(Array.from({ length: 10_000 }, () => ({ do: 'leave' }))),
      /no usable answer/,
    ],
    ['redirects to a private address', status(307, { location: 'http://169.254.169.254/' }), /another host/],
    [
      'leads to a private address',
      xml('<Response><Redirect>http://10.0.0.1/</Redirect></Response>'),
      /no application is declared at 10\.0\.0\.1/,
    ],
    [
      'wants them in another queue',
      voice((answer) => answer.enqueue({}, 'support')),
      /enqueue is not carried out/,
    ],
  ])('when it %s', async (_, answer, words, change = {}) => {
    routes['/wait'] = answer;
    await open({}, change);
    const cora = world.customer();
    await cora.says('Hello');
    expect(cora.saw()).toEqual([]);
    await world.pass(15 * second, () => {
      expect(world.room(cora.conversation).join('\n')).toMatch(words);
    });
    await world.pass(80 * second, () => {
      expect(asked('/wait', 'cora')).toHaveLength(2);
    });
    // Told once, however often it fails.
    expect(world.room(cora.conversation).filter((line) => line.startsWith('notice: What'))).toHaveLength(1);
    await free();
    expect(world.room(cora.conversation)).toContain('invite @anna:example.org');
    await world.anna(cora.conversation).joins();
    await world.anna(cora.conversation).says('Here I am');
    expect(cora.saw()).toEqual(['Anna: Here I am']);
  });

  it('when its answer comes after an agent has the session', async () => {
    let late = (): void => undefined;
    await open();
    routes['/wait'] = (request, response, raw) => {
      late = () => {
        position(request, response, raw);
      };
    };
    const cora = world.customer();
    await cora.writes('Hello');
    await expect.poll(() => asked('/wait')).toHaveLength(1);
    void free();
    await expect.poll(() => world.room(cora.conversation)).toContain('invite @anna:example.org');
    void world.anna(cora.conversation).joins();
    await expect.poll(() => world.sessionLog).toHaveLength(3);
    late();
    await world.delivery.idle();
    expect(cora.saw()).toEqual([]);
  });
});
