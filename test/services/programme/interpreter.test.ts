import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Content } from '../../../src/message/message.ts';
import { as, type QueueId } from '../../../src/platform/ids.ts';
import type { Instruction } from '../../../src/services/instruction.ts';
import type { Effect, ProgrammeView, Turn } from '../../../src/services/programme/effect.ts';
import {
  applicationAnswered,
  begin,
  heard,
  lookedUp,
  taken,
  timeCame,
  turnedAway,
  waitsAgain,
} from '../../../src/services/programme/happenings.ts';
import {
  maxAttributeBytes,
  maxDone,
  maxProgrammeLength,
  type Programme,
  type TurnedAway,
} from '../../../src/services/programme/programme.ts';

const support = as<QueueId>('support');
const dialogs: Readonly<Record<string, readonly Instruction[]>> = {
  circle: [
    { do: 'say', text: 'round' },
    { do: 'dialog', dialog: 'circle' },
  ],
  nagging: [
    {
      do: 'ask',
      name: 'q',
      text: 'Well?',
      answer: { kind: 'number' },
      attempts: 2,
      timeoutMs: 1000,
      otherwise: [{ do: 'dialog', dialog: 'nagging' }],
    },
  ],
  bloated: [{ do: 'set', attributes: { much: 'x'.repeat(20_000) } }],
};

const view = (attributes: Turn['attributes'], now: number): ProgrammeView => ({
  now,
  attributes,
  queue: support,
  language: 'en',
  agentWords: new Set(['agent']),
  expand: (dialog) => (Object.hasOwn(dialogs, dialog) ? dialogs[dialog] : undefined),
});

const text = fc.string({ maxLength: 8 });
/** As it came by HTTP or from the config: JSON has no -0, which jsonValue gives now and then. */
const attribute = fc.json().map((json) => JSON.parse(json) as unknown);
const { instruction } = fc.letrec<{ instruction: Instruction }>((tie) => ({
  instruction: fc.oneof(
    { maxDepth: 2 },
    fc.record({ do: fc.constant('say' as const), text }),
    fc.record({ do: fc.constant('say' as const), text, once: fc.constantFrom('hello', 'bye') }),
    fc.record({ do: fc.constant('pause' as const), ms: fc.integer({ min: -5, max: 5000 }) }),
    fc.record({ do: fc.constant('play' as const), url: fc.constant('https://files.example/a.mp3') }),
    fc.record({ do: fc.constant('page' as const), url: fc.constant('https://www.example/') }),
    fc.record({
      do: fc.constant('set' as const),
      attributes: fc.dictionary(text, attribute as fc.Arbitrary<never>),
    }),
    fc.record({ do: fc.constant('set' as const), attributes: fc.constant({ big: 'y'.repeat(9000) }) }),
    fc.record({ do: fc.constant('enqueue' as const), queue: fc.constant(support) }),
    fc.record({
      do: fc.constant('enqueue' as const),
      queue: fc.constant(support),
      waitApplication: fc.constant('waiter'),
      action: fc.constantFrom('after', ''),
    }),
    fc.record({ do: fc.constant('leave' as const) }),
    fc.record({ do: fc.constant('end' as const) }),
    fc.record({ do: fc.constant('human' as const) }),
    fc.record({ do: fc.constant('redirect' as const), url: text }),
    fc.record({ do: fc.constant('request' as const), application: text, event: fc.constant('x') }),
    fc.record({
      do: fc.constant('dialog' as const),
      dialog: fc.constantFrom('circle', 'nagging', 'bloated', 'unknown', 'constructor'),
    }),
    fc.record({
      do: fc.constant('transfer' as const),
      to: fc.constantFrom({ queue: support }, { agent: as<never>('anna') }),
    }),
    fc.record({
      do: fc.constant('ask' as const),
      name: fc.constantFrom('a', 'b', '__proto__'),
      text,
      answer: fc.constantFrom(
        { kind: 'number' as const },
        { kind: 'free' as const },
        { kind: 'yesno' as const },
      ),
      attempts: fc.integer({ min: 1, max: 3 }),
      timeoutMs: fc.integer({ min: 1, max: 5000 }),
      otherwise: fc.array(tie('instruction'), { maxLength: 2 }),
    }),
    fc.record({
      do: fc.constant('lookUp' as const),
      url: fc.constant('https://crm.example/'),
      method: fc.constant('GET' as const),
      timeoutMs: fc.constant(1000),
      keep: fc.constant({ tier: 'tier' }),
    }),
  ),
}));
const programmeText = fc.array(instruction, { maxLength: 8 });

const content = fc.constantFrom<Content>(
  { kind: 'text', text: '7' },
  { kind: 'text', text: 'yes' },
  { kind: 'text', text: 'what?' },
  { kind: 'text', text: 'Agent!' },
  { kind: 'location', latitude: 1, longitude: 2 },
);
type Happening =
  | { readonly what: 'heard'; readonly content: Content }
  | { readonly what: 'time'; readonly late: boolean }
  | {
      readonly what: 'application';
      readonly late: boolean;
      readonly instructions: readonly Instruction[] | undefined;
    }
  | { readonly what: 'look-up'; readonly late: boolean; readonly found: boolean }
  | { readonly what: 'turned away'; readonly result: TurnedAway['result'] }
  | { readonly what: 'left by an agent' };
const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({ what: fc.constant('heard' as const), content }),
  fc.record({ what: fc.constant('time' as const), late: fc.boolean() }),
  fc.record({
    what: fc.constant('application' as const),
    late: fc.boolean(),
    instructions: fc.option(programmeText, { nil: undefined }),
  }),
  fc.record({ what: fc.constant('look-up' as const), late: fc.boolean(), found: fc.boolean() }),
  fc.record({
    what: fc.constant('turned away' as const),
    result: fc.constantFrom<TurnedAway['result']>('closed', 'error', 'queue-full'),
  }),
  fc.constant({ what: 'left by an agent' as const }),
);

function happen(programme: Programme, of: Happening, at: ProgrammeView): Turn | undefined {
  const number = programme.wait?.number ?? programme.waits;
  const named = 'late' in of && of.late ? number - 1 : number;
  switch (of.what) {
    case 'heard':
      return heard(programme, of.content, at);
    case 'time':
      return timeCame(programme, named, at);
    case 'application':
      return applicationAnswered(
        programme,
        named,
        of.instructions === undefined ? { failure: 'it is down' } : { instructions: of.instructions },
        at,
      );
    case 'look-up':
      return lookedUp(
        programme,
        named,
        of.found ? { attributes: { tier: 'gold' } } : { failure: 'none' },
        at,
      );
    case 'turned away': {
      if (programme.queued === undefined) return undefined;
      const wanted = { queue: support, waitApplication: 'waiter', action: 'after' };
      return turnedAway(programme, wanted, { result: of.result, queue: support, opensAt: 1000 }, at);
    }
    case 'left by an agent':
      return programme.queued === undefined ? undefined : waitsAgain(taken(programme), at);
  }
}

/** A session as far as its programme goes: where it is, checked after each turn. */
class Session {
  programme: Programme | undefined;
  attributes: Turn['attributes'] = {};
  isOver = false;
  inQueue = false;
  now = 0;
  readonly said: string[] = [];

  take(turn: Turn): void {
    const { programme, effects, attributes } = turn;
    expect(effects.length).toBeLessThanOrEqual(2 * maxDone + 5);
    for (const effect of effects) this.#follow(effect);
    this.isOver = effects.some(({ do: what }) => what === 'end');
    expect(JSON.stringify(programme).length).toBeLessThanOrEqual(maxProgrammeLength);
    expect(JSON.parse(JSON.stringify(programme))).toEqual(programme);
    expect(Buffer.byteLength(JSON.stringify(attributes))).toBeLessThanOrEqual(maxAttributeBytes);
    expect(this.inQueue).toBe(programme.queued !== undefined);
    // Nobody is lost: it waits for something that has a time, or stands in a queue, or is over.
    if (!this.isOver && programme.wait === undefined) expect(programme.queued).toBeDefined();
    if (programme.wait !== undefined) {
      expect(programme.wait.until).toBeGreaterThanOrEqual(this.now);
      expect(programme.wait.number).toBe(programme.waits);
    }
    expect(programme.waits).toBeGreaterThanOrEqual(this.programme?.waits ?? 0);
    this.programme = programme;
    this.attributes = attributes;
  }

  #follow(effect: Effect): void {
    if (effect.do === 'enqueue') this.inQueue = true;
    if (effect.do === 'leave') this.inQueue = false;
    if (effect.do === 'say' && effect.once !== undefined) {
      expect(this.said).not.toContain(effect.once);
      this.said.push(effect.once);
    }
  }
}

describe('a programme', () => {
  it('never loses the customer, whatever it says and whatever happens in whatever order', () => {
    fc.assert(
      fc.property(programmeText, fc.array(happening, { maxLength: 25 }), (instructions, happenings) => {
        const session = new Session();
        session.take(begin(undefined, instructions, view({}, 0)));
        for (const each of happenings) {
          if (session.isOver || session.programme === undefined) return;
          session.now += 500;
          const at = view(session.attributes, session.now);
          const before = structuredClone(session.programme);
          const turn = happen(session.programme, each, at);
          expect(session.programme).toEqual(before);
          expect(happen(session.programme, each, at)).toEqual(turn);
          if (turn === undefined) continue;
          session.take(turn);
          // What answered a wait answers it once.
          if (each.what !== 'heard')
            expect(timeCame(turn.programme, before.wait?.number ?? 0, at)).toBeUndefined();
        }
      }),
      { numRuns: 400 },
    );
  });

  it('comes to an agent or to its end when nobody says anything any more', () => {
    fc.assert(
      fc.property(programmeText, (instructions) => {
        const session = new Session();
        session.take(begin(undefined, instructions, view({}, 0)));
        for (let turns = 0; !session.isOver && !session.inQueue; turns += 1) {
          expect(turns).toBeLessThan(2 * maxDone);
          const { wait } = session.programme as Programme;
          session.now = wait?.until ?? session.now;
          const turn = timeCame(
            session.programme as Programme,
            wait?.number ?? 0,
            view(session.attributes, session.now),
          );
          expect(turn).toBeDefined();
          session.take(turn as Turn);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('stops when an agent has the session, and keeps only whom to tell in the end', () => {
    fc.assert(
      fc.property(programmeText, (instructions) => {
        const { programme } = begin(undefined, instructions, view({}, 0));
        const left = taken(programme);
        expect(left.todo).toEqual([]);
        expect(left.wait).toBeUndefined();
        expect(left.queued?.action).toBe(programme.queued?.action);
        expect(left.queued?.waitApplication).toBe(programme.queued?.waitApplication);
        expect(timeCame(left, left.waits, view({}, 1))).toBeUndefined();
      }),
      { numRuns: 100 },
    );
  });

  const effects = (instructions: readonly Instruction[]): string[] =>
    begin(undefined, instructions, view({}, 0)).effects.map((effect) =>
      effect.do === 'enqueue' ? `${effect.request.queue}: ${effect.reason ?? ''}` : effect.do,
    );

  it.each<[string, readonly Instruction[], string[]]>([
    ['with nothing to do leads to the line’s queue', [], ['support: ']],
    ['that only talks leads there too', [{ do: 'say', text: 'Hello' }], ['say', 'support: ']],
    [
      'in circles leads to a human',
      [{ do: 'dialog', dialog: 'circle' }],
      [
        ...Array<string>(maxDone / 2).fill('say'),
        'support: The service could not go on: it turns in circles.',
      ],
    ],
    [
      'that keeps too much leads to a human',
      [{ do: 'dialog', dialog: 'bloated' }],
      ['support: The service could not go on: what it knows of the customer grew beyond 16 KiB.'],
    ],
    [
      'whose dialog is gone leads to a human',
      [{ do: 'dialog', dialog: 'gone' }],
      ['support: The service could not go on: the dialog, or a step of it, is no longer declared.'],
    ],
    ['does nothing after the end', [{ do: 'end' }, { do: 'say', text: 'x' }], ['end']],
    ['that leaves no queue goes on', [{ do: 'leave' }, { do: 'end' }], ['end']],
  ])('%s', (_what, instructions, expected) => {
    expect(effects(instructions)).toEqual(expected);
  });

  it('goes on behind the enqueue when the waiting application says leave', () => {
    const turn = begin(
      undefined,
      [{ do: 'enqueue', queue: support, waitApplication: 'w' }, { do: 'say', text: 'Sorry' }, { do: 'end' }],
      view({}, 0),
    );
    expect(turn.effects.map(({ do: what }) => what)).toEqual(['enqueue', 'request']);
    const left = applicationAnswered(turn.programme, 1, { instructions: [{ do: 'leave' }] }, view({}, 1));
    expect(left?.effects.map(({ do: what }) => what)).toEqual(['leave', 'say', 'end']);
  });

  it('that is too long to be kept leads to a human', () => {
    const long = Array.from({ length: 80 }, () => ({ do: 'say' as const, text: 'x'.repeat(1000) }));
    expect(effects([{ do: 'pause', ms: 5 }, ...long])).toEqual([
      'support: The service could not go on: what it is to do grew beyond 64 KiB.',
    ]);
  });

  it('whose waiting application answers too much to be kept waits on, and its action hears of it', () => {
    const rest: Instruction[] = [{ do: 'say', text: 'Sorry' }, { do: 'end' }];
    const enqueue: Instruction = { do: 'enqueue', queue: support, waitApplication: 'w', action: 'after' };
    const waits = begin(undefined, [enqueue, ...rest], view({}, 0)).programme;
    const instructions: Instruction[] = [
      { do: 'pause', ms: 5 },
      ...Array.from({ length: 5 }, () => ({ do: 'say' as const, text: '"'.repeat(8000) })),
    ];
    const turn = applicationAnswered(waits, 1, { instructions }, view({}, 1));
    expect(turn?.effects).toEqual([{ do: 'note', text: expect.stringContaining('64 KiB') as unknown }]);
    expect(turn?.programme.queued).toEqual({
      rest,
      waitApplication: 'w',
      action: 'after',
      askedAt: 0,
    });
    expect(turn?.programme.wait).toMatchObject({ for: 'time', until: 60_000 });
  });
});
