import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Agent } from './product/agent.ts';
import type { Enterprise } from './product/enterprise.ts';
import { missing } from './product/peers.ts';
import { startRig, type Rig } from './product/rig.ts';
import { SmsCustomer } from './product/sms-customer.ts';
import { until } from './product/until.ts';
import { XmppApp } from './product/xmpp-app.ts';

const without = await missing('synapse', 'prosody');
/** Ten seconds are promised, by Switchboard's own clock: it ends with another code than 0 after them. The rest is the machine's. */
const stopWithinMs = 30_000;

describe.skipIf(without !== undefined)(`a restart in mid-conversation ${without ?? ''}`, () => {
  let rig: Rig;
  let acme: Enterprise;
  let anna: Agent;
  let sam: SmsCustomer;
  let xenia: XmppApp;
  let samsRoom: string;
  let xeniasRoom: string;
  beforeAll(async () => {
    rig = await startRig({ tenants: { acme: { agents: ['anna'] } }, xmppUsers: ['xenia'] });
    acme = rig.enterprise('acme');
    anna = acme.agent('anna');
    sam = new SmsCustomer(acme, '+15554440001');
    await sam.says('Hello by SMS');
    samsRoom = await anna.accepts();
    await anna.sees(samsRoom, 'Hello by SMS');
    xenia = await XmppApp.start(rig, acme.jid, 'xenia');
    await xenia.says('Hello by XMPP');
    xeniasRoom = await anna.accepts();
    await anna.sees(xeniasRoom, 'Hello by XMPP');
    await bothWays('before');
  });
  afterAll(async () => {
    await (xenia as XmppApp | undefined)?.leaves();
    await (rig as Rig | undefined)?.stop();
  });

  /** One message each way on each network. Nothing of it is under way after that: what is killed then has nothing to send again. */
  async function bothWays(when: string): Promise<void> {
    await sam.says(`SMS in, ${when}`);
    await anna.sees(samsRoom, `SMS in, ${when}`);
    const bySms = await anna.says(samsRoom, `SMS out, ${when}`);
    await sam.gets(`SMS out, ${when}`);
    await anna.seesReceipt(bySms, acme.bot);
    await xenia.says(`XMPP in, ${when}`);
    await anna.sees(xeniasRoom, `XMPP in, ${when}`);
    const byXmpp = await anna.says(xeniasRoom, `XMPP out, ${when}`);
    await xenia.gets(`XMPP out, ${when}`);
    await anna.seesReceipt(byXmpp, acme.bot);
  }

  /** Who exists, who was ever in which room, and every name that a room ever had: the homeserver's own memory. */
  async function memory(): Promise<object> {
    return {
      users: (await acme.view.users()).map(({ name, displayname, creation_ts }) => [
        name,
        displayname,
        creation_ts,
      ]),
      memberships: await acme.view.memberships(),
    };
  }

  /**
   * A homeserver takes it in silence when somebody joins or registers twice: so Switchboard's own count of its requests is
   * asked as well.
   */
  async function nothingMadeAgain(): Promise<void> {
    // A request is counted when its answer is there; the room shows the message before.
    const asked = await until('both messages to be counted', async () => {
      const all = await rig.asked();
      return (all.get('PUT rooms/send') ?? 0) > 1 && all;
    });
    const makes = [
      'register',
      'join',
      'invite',
      'createRoom',
      'displayname',
      'avatar_url',
      'setState',
      'alias',
    ];
    expect([...asked.keys()].filter((name) => makes.includes(name))).toEqual([]);
  }

  function noneTwice(texts: readonly string[]): void {
    expect(texts.filter((text, index) => texts.indexOf(text) !== index)).toEqual([]);
  }

  test('after kill -9 all goes on; nobody is registered, joined or renamed again', async () => {
    const before = await memory();
    expect((await acme.view.memberships()).length).toBeGreaterThan(10);
    await rig.killSwitchboard();
    // Written while it was down: the homeserver keeps it, the phone network tries again.
    const meanwhile = anna.says(samsRoom, 'Written while you were down');
    await rig.startSwitchboard();
    await meanwhile;
    await sam.gets('Written while you were down');
    await bothWays('after the kill');
    await nothingMadeAgain();
    expect(await memory()).toEqual(before);
  });

  test('after SIGTERM likewise', async () => {
    const before = await memory();
    const { code } = await rig.stopSwitchboard();
    expect(code).toBe(0);
    await anna.says(xeniasRoom, 'Written while you were away');
    await rig.startSwitchboard();
    await xenia.gets('Written while you were away');
    await bothWays('after the stop');
    await nothingMadeAgain();
    expect(await memory()).toEqual(before);
  });

  test('SIGTERM while messages flow: exit code 0 within 10 s, nothing lost, nothing twice, order kept', async () => {
    const before = await memory();
    let stopping = false;
    const counts = [0, 0, 0];
    /** Sends one after the other; gives how many were taken. A network that is refused comes again or tells its user. */
    const flow = async (which: number, send: (n: number) => Promise<unknown>): Promise<number> => {
      // The homeserver takes what it is given while nobody fetches it: not without end.
      for (let taken = 0; taken < 300; taken += 1) {
        if (stopping || !(await succeeds(send(taken)))) break;
        counts[which] = taken + 1;
      }
      return counts[which] ?? 0;
    };
    const flows = Promise.all([
      flow(0, async (n) => sam.says(`flow in ${String(n)}`)),
      flow(1, async (n) => anna.says(samsRoom, `flow out ${String(n)}`)),
      flow(2, async (n) => xenia.saysAndIsHeard(`flow in ${String(n)}`)),
    ]);
    await until('messages flowing on each way', () => counts.every((count) => count >= 5), {
      seen: () => counts,
    });
    const { code, tookMs } = await rig.stopSwitchboard();
    stopping = true;
    const [smsIn, smsOut, xmppIn] = await flows;
    expect(code).toBe(0);
    expect(tookMs).toBeLessThan(stopWithinMs);

    await rig.startSwitchboard();
    await anna.sees(samsRoom, `flow in ${String(smsIn - 1)}`);
    await anna.sees(xeniasRoom, `flow in ${String(xmppIn - 1)}`);
    await sam.gets(`flow out ${String(smsOut - 1)}`);
    await bothWays('after the flow');
    expect(numbered(anna.textsIn(samsRoom), 'flow in')).toEqual(upTo(smsIn, 'flow in'));
    expect(numbered(anna.textsIn(xeniasRoom), 'flow in')).toEqual(upTo(xmppIn, 'flow in'));
    expect(numbered(sam.texts(), 'flow out')).toEqual(upTo(smsOut, 'flow out'));
    expect(await memory()).toEqual(before);
  });

  test('a customer who floods holds up no stop: each message is taken, or given back', async () => {
    const flood = upTo(200, 'flood');
    const outcomes = new Map<string, Promise<boolean>>();
    let taken = 0;
    for (const text of flood)
      outcomes.set(
        text,
        succeeds(xenia.saysAndIsHeard(text)).then((ok) => {
          if (ok) taken += 1;
          return ok;
        }),
      );
    await until('some of it taken', () => taken >= 5);
    const { code, tookMs } = await rig.stopSwitchboard();
    expect(code).toBe(0);
    expect(tookMs).toBeLessThan(stopWithinMs);
    const kept: string[] = [];
    for (const text of flood) if ((await outcomes.get(text)) === true) kept.push(text);
    await rig.startSwitchboard();
    await anna.sees(xeniasRoom, kept.at(-1) ?? '');
    expect(numbered(anna.textsIn(xeniasRoom), 'flood')).toEqual(kept);
    await bothWays('after the flood');
  });

  test('kill -9 while messages flow: what was taken arrives, nothing twice, order kept', async () => {
    const before = await memory();
    const taken: string[] = [];
    const sending = (async () => {
      for (const text of upTo(12, 'burst')) {
        if (!(await succeeds(sam.says(text)))) return;
        taken.push(text);
      }
    })();
    const answers = upTo(12, 'answer');
    const answering = (async () => {
      for (const text of answers) await anna.says(samsRoom, text);
    })();
    await until('some of it taken', () => taken.length >= 4);
    await rig.killSwitchboard();
    await Promise.all([sending, answering]);
    await rig.startSwitchboard();
    await anna.sees(samsRoom, taken.at(-1) ?? '');
    // Behind all of the answers, of which any one may be missing.
    await bothWays('after the burst');
    const inRoom = numbered(anna.textsIn(samsRoom), 'burst');
    // The message under way when it died may have been taken without anybody being told.
    expect(inRoom.slice(0, taken.length)).toEqual(taken);
    expect(inRoom.length).toBeLessThanOrEqual(taken.length + 1);
    // Twilio knows no idempotency key: of the answer under way when it died it may not be clear whether it went out.
    const arrived = numbered(sam.texts(), 'answer');
    const missing = answers.filter((text) => !arrived.includes(text));
    expect(missing.length).toBeLessThanOrEqual(1);
    expect(arrived).toEqual(answers.filter((text) => !missing.includes(text)));
    const isUnclear = ({ content }: { content: Record<string, unknown> }): boolean =>
      String(content['body']).startsWith('It is unclear whether this was delivered');
    if (missing.length > 0) await anna.sees(samsRoom, isUnclear, 'that it is unclear');
    noneTwice(anna.textsIn(samsRoom));
    noneTwice(sam.texts());
    noneTwice(xenia.texts());
    expect(await memory()).toEqual(before);
  });

  test('a homeserver that is down for a while loses nothing', async () => {
    await acme.synapse.restart(async () => {
      await sam.says('While the homeserver was down');
      await xenia.says('XMPP while the homeserver was down');
    });
    await anna.sees(samsRoom, 'While the homeserver was down');
    await anna.sees(xeniasRoom, 'XMPP while the homeserver was down');
    await bothWays('after the homeserver came back');
    noneTwice(anna.textsIn(samsRoom));
  });

  test('its log names nobody and quotes nothing', () => {
    const log = rig.log();
    expect(log).toContain('Switchboard is ready');
    for (const secret of [
      'Hello by SMS',
      'Written while',
      'flow out',
      '+15554440001',
      'auth token',
      'secret of',
    ])
      expect(log).not.toContain(secret);
    expect(log.split('\n').filter((line) => /unhandled|rejected and nobody looked/.test(line))).toEqual([]);
  });
});

async function succeeds(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}

function numbered(texts: readonly string[], what: string): string[] {
  return texts.filter((text) => text.startsWith(what));
}

function upTo(count: number, what: string): string[] {
  return Array.from({ length: count }, (_, index) => `${what} ${String(index)}`);
}
