import { describe, expect, test } from 'vitest';
import { ConfirmedSending } from '../../../src/channels/xmpp/confirmed-sending.ts';
import { element } from '../../../src/channels/xmpp/xml.ts';
import { manualClock } from '../../fixtures/manual-clock.ts';
import { stanza } from './parse-stanza.ts';

/** A stream that keeps what was written, and gives pings back when told to. */
function setUp() {
  const clock = manualClock();
  const written: string[] = [];
  let silences = 0;
  const sending = new ConfirmedSending({
    domain: 'bridge.example',
    clock,
    write: (text) => written.push(text),
    onSilence: () => (silences += 1),
  });
  const pings = () => written.filter((text) => text.includes('urn:xmpp:ping'));
  const messages = () => written.flatMap((text) => /<message id="(\w+)"/.exec(text)?.[1] ?? []);
  const outcome = (id: string) => {
    const result: { state: string } = { state: 'pending' };
    sending.send(element('message', { id })).then(
      () => (result.state = 'sent'),
      (error: unknown) => (result.state = String(error)),
    );
    return result;
  };
  return {
    clock,
    sending,
    written,
    pings,
    messages,
    outcome,
    silences: () => silences,
    /** The server has worked through everything so far. */
    comeRound: async () => {
      const taken = sending.takes(stanza(pings().at(-1)!));
      await Promise.resolve();
      await Promise.resolve();
      return taken;
    },
  };
}

describe('sending with confirmation', () => {
  test('a message is sent when the ping behind it has come round', async () => {
    const { sending, outcome, comeRound, pings } = setUp();
    sending.online();
    await comeRound();
    const one = outcome('m1');
    expect(pings()).toHaveLength(2);
    await Promise.resolve();
    expect(one.state).toBe('pending');
    expect(await comeRound()).toBe(true);
    expect(one.state).toBe('sent');
    expect(await comeRound()).toBe(false);
  });

  test('one ping stands for all that was written before it, and not for what came after', async () => {
    const { sending, outcome, comeRound, pings } = setUp();
    sending.online();
    const early = [outcome('m1'), outcome('m2')];
    expect(pings()).toHaveLength(1); // under way since the start, it covers nothing
    await comeRound();
    expect(early.map(({ state }) => state)).toEqual(['pending', 'pending']);
    const late = outcome('m3');
    await comeRound();
    expect(early.map(({ state }) => state)).toEqual(['sent', 'sent']);
    expect(late.state).toBe('pending');
    await comeRound();
    expect(late.state).toBe('sent');
    expect(pings()).toHaveLength(3);
  });

  test('what was not confirmed goes out again on the next stream, in order, before anything new', async () => {
    const { sending, outcome, comeRound, messages, written } = setUp();
    sending.online();
    await comeRound();
    const both = [outcome('m1'), outcome('m2')];
    sending.offline();
    written.length = 0;
    sending.online();
    const last = outcome('m3');
    expect(messages()).toEqual(['m1', 'm2', 'm3']);
    await comeRound();
    await comeRound();
    expect([...both, last].map(({ state }) => state)).toEqual(['sent', 'sent', 'sent']);
  });

  test('an old ping that comes round on a new stream confirms nothing', async () => {
    const { sending, outcome, comeRound, pings } = setUp();
    sending.online();
    await comeRound();
    const one = outcome('m1');
    const old = pings().at(-1)!;
    sending.offline();
    sending.online();
    expect(sending.takes(stanza(old))).toBe(false);
    expect(one.state).toBe('pending');
  });

  test('somebody else cannot confirm', () => {
    const { sending, pings } = setUp();
    sending.online();
    expect(
      sending.takes(stanza(pings()[0]!.replace('from="bridge.example"', 'from="eve@example.org"'))),
    ).toBe(false);
  });

  test('without a stream a message is refused, certainly not sent', async () => {
    const { sending, outcome } = setUp();
    const one = outcome('m1');
    await Promise.resolve();
    await Promise.resolve();
    expect(one.state).toContain('retry');
    await expect(sending.send(element('message'))).rejects.toMatchObject({ certain: true });
  });

  test('when the line stays away for half a minute, it is told that it is not clear', async () => {
    const { sending, clock } = setUp();
    sending.online();
    const sent = sending.send(element('message'));
    sending.offline();
    clock.advance(30_000);
    await expect(sent).rejects.toMatchObject({ kind: 'retry', certain: false });
  });

  test('a server that is silent for ten seconds is given up, and asked every half minute when nothing is said', async () => {
    const { sending, clock, silences, comeRound, pings } = setUp();
    sending.online();
    await comeRound();
    clock.advance(29_999);
    expect(pings()).toHaveLength(1);
    clock.advance(1);
    expect(pings()).toHaveLength(2);
    clock.advance(9_999);
    expect(silences()).toBe(0);
    clock.advance(1);
    expect(silences()).toBe(1);
  });

  test('a stanza that takes ten streams with it goes no further, and others do', async () => {
    const { sending, outcome, comeRound, messages, written } = setUp();
    sending.online();
    await comeRound();
    const poison = outcome('poison');
    for (let streams = 0; streams < 9; streams += 1) {
      sending.offline();
      sending.online();
    }
    const other = outcome('m2');
    sending.offline();
    written.length = 0;
    sending.online();
    expect(messages()).toEqual(['m2']);
    await comeRound();
    expect(poison.state).toContain('retry');
    expect(other.state).toBe('sent');
  });

  test('only so many are under way at once; the others follow in order', async () => {
    const { sending, outcome, comeRound, messages } = setUp();
    sending.online();
    await comeRound();
    const all = Array.from({ length: 150 }, (_, index) => outcome(`m${index}`));
    expect(messages()).toHaveLength(64);
    for (let pings = 0; pings < 4; pings += 1) await comeRound();
    expect(messages()).toEqual(all.map((_, index) => `m${index}`));
    expect(all.every(({ state }) => state === 'sent')).toBe(true);
  });

  test('what has not gone out when the line is given up is certainly not sent', async () => {
    const { sending, clock } = setUp();
    sending.online();
    const all = Array.from({ length: 65 }, () =>
      sending.send(element('message')).catch((error: unknown) => error),
    );
    sending.offline();
    clock.advance(30_000);
    const failures = await Promise.all(all);
    expect(failures.map((failure) => (failure as { certain?: boolean }).certain)).toEqual([
      ...Array.from({ length: 64 }, () => false),
      true,
    ]);
  });

  test('at the end nothing is left behind', async () => {
    const { sending, clock } = setUp();
    sending.online();
    const sent = sending.send(element('message'));
    sending.close();
    await expect(sent).rejects.toMatchObject({ certain: false });
    expect(clock.pending).toBe(0);
  });
});
