import { afterEach, describe, expect, it } from 'vitest';
import { as, type LineId, type QueueId } from '../../src/platform/ids.ts';
import { silentLogger } from '../../src/platform/log.ts';
import type { ApplicationRequest, Instruction } from '../../src/services/instruction.ts';
import { endOfLine } from '../../src/sessions/kept-lines/line-end.ts';
import { LineEndings } from '../../src/sessions/kept-lines/line-endings.ts';
import { sessions, type SessionRecord } from '../../src/sessions/session.ts';
import { declaredDialog } from '../fixtures/declared-dialog.ts';
import { settled } from './session-model.ts';
import { acme, openWorld, type World, type WorldOptions } from './world.ts';

let world: World;
async function open(options: WorldOptions): Promise<World> {
  world = await openWorld(options);
  return world;
}
afterEach(async () => world.close());

const minute = 60_000;
const invitations = (): string[] => world.room().filter((line) => line.startsWith('invite'));
const notices = (): string[] => world.room().filter((line) => line.startsWith('notice'));

async function sessionOf(conversation: string): Promise<SessionRecord | undefined> {
  const found = await world.store.find(acme, sessions, {
    ...{ index: 'byConversation', equals: [conversation], descending: true, limit: 1 },
  });
  return found[0]?.value;
}

const welcome = declaredDialog(`
  languages: [en, es]
  agentWords: [help desk]
  steps:
    - name: hello
      do: say
      text: { en: 'Welcome to {tenant}.', es: 'Bienvenido a {tenant}.' }
    - name: topic
      do: ask
      text: { en: What is it about?, es: ¿De qué se trata? }
      answer:
        kind: choice
        options:
          - { value: billing, label: { en: Billing, es: Facturación } }
          - { value: other, label: { en: Something else, es: Otra cosa } }
      again: { en: Please pick one of these., es: 'Elija una, por favor.' }
      attempts: 2
      timeoutSeconds: 60
    - name: which
      do: branch
      cases: [{ when: 'answers.topic == "billing"', to: order }]
      next: route
    - name: order
      do: ask
      text: { en: Your order number?, es: ¿Su número de pedido? }
      answer: { kind: number, whole: true, min: 1 }
    - name: route
      do: route
      text: { en: 'Order {order}, thank you.', es: 'Pedido {order}, gracias.' }
      priority: 7
`);
const services = { welcome };
const service = 'welcome';

describe('a dialog', () => {
  it('asks, understands, and hands over with the answers', async () => {
    await open({ services, service });
    const cora = world.customer();
    await cora.says('Hello');
    expect(cora.saw()).toEqual(['Acme: Welcome to Acme.', 'Acme: choice']);
    expect(invitations()).toEqual([]);
    await cora.says('2 or 3');
    expect(cora.saw().slice(2)).toEqual(['Acme: Please pick one of these.', 'Acme: choice']);
    await cora.says('1');
    await cora.does({
      content: {
        kind: 'sticker',
        media: { source: { type: 'url', url: 'https://files.example/s' }, mimeType: 'image/webp' },
      },
    });
    expect(cora.saw().slice(4)).toEqual(['Acme: Your order number?', 'Acme: Your order number?']);
    await cora.says('4711');
    expect(cora.saw().at(-1)).toBe('Acme: Order 4711, thank you.');
    expect(invitations()).toEqual(['invite @anna:example.org']);
    expect(world.reasons().at(-1)).toContain('(topic: billing, order: 4711)');
    await world.anna(cora.conversation).joins();
    expect(world.room()).toContain('notice: Known of the customer:\ntopic: billing\norder: 4711');
    expect(await sessionOf(cora.conversation)).toMatchObject({
      state: 'active',
      attributes: { topic: 'billing', order: 4711 },
      enqueued: { queue: 'support', priority: 7 },
    });
    await world.anna(cora.conversation).says('I have it here');
    expect(cora.saw().at(-1)).toBe('Anna: I have it here');
    await cora.says('1');
    expect(cora.saw().at(-1)).toBe('Anna: I have it here');
  });

  it('belongs to a name that the customer writes to, whatever the line’s service is', async () => {
    await open({ services, serviceOf: { 'name:new customers': 'welcome' } });
    const cora = world.customer();
    const message = { content: { kind: 'text', text: 'Hello' } };
    await cora.tells({ kind: 'message', to: 'New_Customers', message });
    expect(cora.saw()).toEqual(['Acme: Welcome to Acme.', 'Acme: choice']);
    await world.customer('dan').tells({ kind: 'message', to: 'support', message });
    expect(invitations()).toEqual(['invite @anna:example.org']);
  });

  it('speaks the customer’s language', async () => {
    await open({ services, service });
    const cora = world.customer();
    await cora.tells({ kind: 'profile', profile: { details: { language: 'es-MX' } } });
    await cora.says('Hola');
    expect(cora.saw()).toEqual(['Acme: Bienvenido a Acme.', 'Acme: choice']);
    await cora.says('otra cosa');
    expect(cora.saw().at(-1)).toBe('Acme: Pedido , gracias.');
  });

  it('is all in the room, as the customer saw it', async () => {
    await open({ services, service });
    const cora = world.customer();
    await cora.says('Hello');
    await cora.says('Billing');
    expect(world.room(cora.conversation).filter((line) => !line.endsWith('receipt'))).toEqual([
      'contact: Hello',
      'bot: Welcome to Acme.',
      'bot: choice',
      'contact: Billing',
      'bot: Your order number?',
    ]);
  });

  it.each(['Agent', 'help desk!', 'mit einem Mitarbeiter sprechen'])('ends at “%s”', async (word) => {
    await open({ services, service });
    const cora = world.customer();
    await cora.says('Hello');
    await cora.says(word);
    expect(invitations()).toEqual(['invite @anna:example.org']);
    expect(notices()).toContain('notice: The customer asked for a person.');
  });

  it('that is not understood leads to a human, who is told', async () => {
    await open({ services, service });
    const cora = world.customer();
    await cora.says('Hello');
    await cora.says('what?');
    await cora.says('what??');
    expect(invitations()).toEqual(['invite @anna:example.org']);
    expect(notices()).toContain('notice: The service could not go on: it did not understand the answer.');
  });

  it('whose question nobody answers leads to a human in the end', async () => {
    await open({ services, service });
    await world.customer().says('Hello');
    await world.pass(minute, () => {
      expect(invitations()).toEqual(['invite @anna:example.org']);
    });
    expect(notices()).toContain('notice: The service could not go on: the customer did not answer.');
  });

  it('that is no longer declared leads to a human, as does one that lost the step', async () => {
    await open({ services, service });
    const cora = world.customer();
    await cora.says('Hello');
    world.reconfigure({});
    await cora.says('1');
    expect(invitations()).toEqual(['invite @anna:example.org']);
    expect(notices().at(0)).toBe(
      'notice: The service could not go on: the dialog, or a step of it, is no longer declared.',
    );
  });

  it('is ended by the customer who goes, and begins again with the next word', async () => {
    await open({ services, service });
    const cora = world.customer();
    await cora.says('Hello');
    await cora.tells({ kind: 'ended' });
    world.clock.advance(10 * minute);
    await cora.says('Hello again');
    expect(cora.saw().slice(2)).toEqual(['Acme: Welcome to Acme.', 'Acme: choice']);
    expect(invitations()).toEqual([]);
  });

  it('says nothing to those who opted out, who come to a human all the same', async () => {
    await open({ services, service });
    const cora = world.customer();
    await cora.tells({ kind: 'consent', consent: 'optedOut', keyword: 'STOP' });
    await cora.says('Hello');
    expect(cora.saw()).toEqual([]);
    await cora.says('agent');
    expect(invitations()).toEqual(['invite @anna:example.org']);
  });

  it('of a line that an operator removes ends with it', async () => {
    await open({ services, service });
    const cora = world.customer();
    await cora.says('Hello');
    const { store, clock, delivery } = world;
    await store.commit(acme, [endOfLine(as<LineId>('front'), clock.now())]);
    const endings = new LineEndings({ store, clock, accept: delivery.accept, logger: silentLogger });
    await endings.follow(acme);
    await delivery.idle();
    expect(await sessionOf(cora.conversation)).toMatchObject({ state: 'closed' });
    world.clock.advance(2 * minute);
    await settled(world);
    expect(invitations()).toEqual([]);
  });

  it('goes on to the queue on a line that is gone', async () => {
    await open({ services, service });
    const cora = world.customer();
    await cora.says('Hello');
    world.reconfigure({ services, lines: [] });
    await world.pass(minute, () => {
      expect(notices()).toContain('notice: The service could not go on: the customer did not answer.');
    });
    expect(await sessionOf(cora.conversation)).toMatchObject({ state: 'waiting' });
    expect((await world.delivery.quarantine.list(acme)).found).toEqual([]);
  });

  it('hands over with the answers on the card at the desk, too', async () => {
    await open({ services, service, availability: { offersAtDesk: true } });
    const cora = world.customer();
    await cora.says('Hello');
    await cora.says('2');
    expect(world.room().find((line) => line.includes('Accept with'))).toContain('(topic: other)');
  });

  it('looks up what it needs, and goes on with it', async () => {
    const crm = declaredDialog(`
      steps:
        - { name: number, do: ask, text: Your number?, answer: { kind: number } }
        - name: customer
          do: lookUp
          url: https://crm.example/customers/{number}
          keep: { tier: customer.tier }
          otherwise: sorry
        - name: by-tier
          do: branch
          cases: [{ when: 'answers.tier == "gold"', to: gold }]
          next: sorry
        - { name: gold, do: route, text: 'Welcome back, {tier} customer.' }
        - { name: sorry, do: end, text: We do not know this number. }
    `);
    const asked: string[] = [];
    await open({
      services: { crm },
      service: 'crm',
      served: {
        lookUp: ({ url }) => {
          asked.push(url);
          return url.endsWith('/7') ? { attributes: { tier: 'gold' } } : { failure: 'not there' };
        },
      },
    });
    const cora = world.customer();
    await cora.says('Hello');
    await cora.says('7');
    expect(cora.saw().at(-1)).toBe('Acme: Welcome back, gold customer.');
    expect(invitations()).toEqual(['invite @anna:example.org']);
    const dan = world.customer('dan');
    await dan.says('Hello');
    await dan.says('8');
    expect(dan.saw().at(-1)).toBe('Acme: We do not know this number.');
    expect(await sessionOf(dan.conversation)).toMatchObject({ state: 'closed', closedBy: 'the service' });
    expect(asked).toEqual(['https://crm.example/customers/7', 'https://crm.example/customers/8']);
  });
});

describe('what the customer’s app tells of itself', () => {
  it('is kept with the leg, for the session that is open and for the next', async () => {
    await open({});
    const cora = world.customer();
    const appOfLeg = async (): Promise<unknown> =>
      (await sessionOf(cora.conversation))?.legs.find(({ role }) => role === 'customer');
    await cora.says('Hello');
    expect(await appOfLeg()).not.toHaveProperty('app');
    await cora.tells({ kind: 'profile', profile: { app: { client: 'Chatty 2', abilities: ['calls'] } } });
    await cora.tells({ kind: 'profile', profile: { app: { language: 'de' } } });
    const app = { client: 'Chatty 2', abilities: ['calls'], language: 'de' };
    expect(await appOfLeg()).toMatchObject({ app });
    await cora.tells({ kind: 'ended' });
    world.clock.advance(1000);
    await cora.says('Me again');
    expect(await appOfLeg()).toMatchObject({ app, state: 'connected' });
  });
});

describe('an agent steps in', () => {
  it('while the service talks, with !take and not by a mere word', async () => {
    await open({ services, service });
    const cora = world.customer();
    await cora.says('Hello');
    const ben = world.ben(cora.conversation);
    await ben.says('She is mine');
    expect(cora.saw()).toHaveLength(2);
    expect(notices().at(-1)).toMatch(/!take takes it/);
    await ben.says('!take');
    await ben.says('Ben here');
    expect(cora.saw().slice(2)).toEqual(['Ben: Ben here']);
    await cora.says('1');
    world.clock.advance(2 * minute);
    await settled(world);
    expect(cora.saw().slice(2)).toEqual(['Ben: Ben here']);
    const taken = await sessionOf(cora.conversation);
    expect(taken).toMatchObject({ state: 'active' });
    expect(taken?.programme).toBeUndefined();
    await ben.says('!close');
    expect(await sessionOf(cora.conversation)).toMatchObject({ state: 'closed' });
  });

  it('while another is asked, who is asked no longer', async () => {
    await open({});
    const cora = world.customer();
    await cora.says('Hello');
    expect(invitations()).toEqual(['invite @anna:example.org']);
    await world.ben(cora.conversation).says('!take');
    expect(world.room()).toContain('remove @anna:example.org');
    await world.anna(cora.conversation).joins();
    await world.ben(cora.conversation).says('Ben here');
    expect(cora.saw()).toEqual(['Ben: Ben here']);
    const session = await sessionOf(cora.conversation);
    expect(session?.legs.filter(({ state }) => state === 'connected')).toHaveLength(2);
  });

  it('but not beyond their capacity, and not where another has the session', async () => {
    await open({ capacity: 1 });
    const [cora, dan] = [world.customer('cora'), world.customer('dan')];
    await cora.says('Hello');
    await world.anna(cora.conversation).joins();
    await world.ben(cora.conversation).says('!take');
    expect(notices().at(-1)).toBe('notice: Another agent has the session.');
    await dan.says('Hello');
    await world.anna(dan.conversation).says('!take');
    expect(notices().at(-1)).toBe('notice: You have no capacity left for it: close another session first.');
  });

  it('and when they leave, the session waits where it waited', async () => {
    await open({ services, service });
    const cora = world.customer();
    await cora.says('Hello');
    await world.ben(cora.conversation).says('!take');
    await world.ben(cora.conversation).leaves();
    expect(invitations()).toEqual(['invite @anna:example.org']);
  });
});

describe('an application', () => {
  const asking = (instructions: (request: ApplicationRequest) => readonly Instruction[] | undefined) => {
    const asked: ApplicationRequest[] = [];
    return {
      asked,
      served: {
        application: (request: ApplicationRequest) => {
          asked.push(request);
          const answer = instructions(request);
          return answer === undefined ? { failure: 'it is down' } : { instructions: answer };
        },
      },
    };
  };
  const front = declaredDialog(
    'steps: [{ name: front, do: request, application: front, event: started }]',
    ['support'],
    ['front'],
  );
  const support = as<QueueId>('support');

  it('is asked, and what it says is done; its question’s answer goes to its action', async () => {
    const { asked, served } = asking(({ event }) =>
      event === 'answer'
        ? [
            { do: 'say', text: 'Thank you' },
            { do: 'enqueue', queue: support },
          ]
        : [
            {
              do: 'ask',
              name: 'order',
              text: 'Which order?',
              answer: { kind: 'number' },
              attempts: 2,
              timeoutMs: minute,
              action: 'https://app.example/answer',
            },
          ],
    );
    await open({ services: { front }, service: 'front', served });
    const cora = world.customer();
    await cora.says('Hello');
    await cora.says('12');
    expect(cora.saw()).toEqual(['Acme: Which order?', 'Acme: Thank you']);
    expect(asked).toEqual([
      { call: 1, application: 'front', event: 'started', parameters: {} },
      {
        call: 3,
        application: 'https://app.example/answer',
        by: 'front',
        event: 'answer',
        parameters: { order: 12 },
      },
    ]);
    expect(invitations()).toEqual(['invite @anna:example.org']);
  });

  it('that fails leads to a human, who is told', async () => {
    const { served } = asking(() => undefined);
    await open({ services: { front }, service: 'front', served });
    await world.customer().says('Hello');
    expect(invitations()).toEqual(['invite @anna:example.org']);
    expect(notices()).toContain('notice: The service could not go on: it is down.');
  });

  it('that names a queue which there is not costs nobody the session', async () => {
    const { served } = asking(() => [{ do: 'enqueue', queue: as<QueueId>('nowhere') }]);
    await open({ services: { front }, service: 'front', served });
    await world.customer().says('Hello');
    expect(invitations()).toEqual(['invite @anna:example.org']);
    expect(notices().at(0)).toMatch(/the queue nowhere, which there is not/);
  });

  it('is asked while the customer waits, not faster than its floor, until it has them leave', async () => {
    let times = 0;
    const { asked, served } = asking(({ event }) => {
      if (event !== 'waiting')
        return [{ do: 'enqueue', queue: support, waitApplication: 'wait', action: 'after' }];
      times += 1;
      return times === 1 ? [{ do: 'say', text: 'You are next' }] : [{ do: 'leave' }];
    });
    const after: ApplicationRequest[] = [];
    await open({
      agents: ['anna'],
      services: { front },
      service: 'front',
      served: {
        application: (request) => {
          if (request.application !== 'after') return served.application(request);
          after.push(request);
          return { instructions: [{ do: 'say', text: 'Call us tomorrow' }, { do: 'end' }] };
        },
      },
    });
    await world.desk('anna').says('!offline');
    const cora = world.customer();
    await cora.says('Hello');
    expect(cora.saw()).toEqual(['Acme: You are next']);
    expect(asked).toHaveLength(2);
    await world.pass(minute, () => {
      expect(cora.saw()).toContain('Acme: Call us tomorrow');
    });
    expect(after).toMatchObject([{ event: 'queue', parameters: { QueueResult: 'leave' } }]);
    expect(await sessionOf(cora.conversation)).toMatchObject({ state: 'closed' });
  });

  it('is told once how the waiting ended, when the session is over', async () => {
    const { asked, served } = asking(({ event }) =>
      event === 'queue' ? [] : [{ do: 'enqueue', queue: support, action: 'after' }],
    );
    await open({ services: { front }, service: 'front', served });
    const cora = world.customer();
    await cora.says('Hello');
    await world.anna(cora.conversation).joins();
    expect(asked).toHaveLength(1);
    await world.anna(cora.conversation).says('!close');
    expect(asked.slice(1)).toMatchObject([
      { application: 'after', event: 'queue', parameters: { QueueResult: 'bridged' } },
    ]);
    expect(await sessionOf(cora.conversation)).toMatchObject({ state: 'closed' });
  });
});
