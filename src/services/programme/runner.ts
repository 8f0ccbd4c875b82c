import type { Attributes, EnqueueRequest, Instruction } from '../instruction.ts';
import { derivedId } from '../../platform/derived-id.ts';
import type { Effect, ProgrammeView, Turn } from './effect.ts';
import {
  answerWaitMs,
  closedName,
  leastWaitFloorMs,
  maxAttributeBytes,
  maxDone,
  maxProgrammeLength,
  maxSaid,
  waitFloorMs,
  type Programme,
  type Queued,
  type QueueResult,
  type TurnedAway,
  type Wait,
} from './programme.ts';

type WaitFor = Wait extends infer Each ? (Each extends Wait ? Omit<Each, 'number' | 'until'> : never) : never;

/** What an application is asked while the customer waits. */
export const waitingEvent = 'waiting';
/** Begins the names of what was said in this wait. */
const hereMark = 'here ';

/** Does a programme's instructions one after the other, until it waits for something or is over. Pure; used up by one event. */
export class Runner {
  readonly #view: ProgrammeView;
  readonly #effects: Effect[] = [];
  readonly #before: Programme;
  #attributes: Attributes;
  #todo: readonly Instruction[];
  #wait: Wait | undefined;
  #queued: Queued | undefined;
  #waits: number;
  #done: number;
  #said: readonly string[];
  #asked: string | undefined;
  #turnedAway: EnqueueRequest | undefined;
  #isOver = false;

  constructor(programme: Programme, view: ProgrammeView) {
    this.#view = view;
    this.#before = programme;
    this.#attributes = view.attributes;
    this.#todo = programme.todo;
    this.#wait = programme.wait;
    this.#queued = programme.queued;
    this.#waits = programme.waits;
    this.#done = programme.done;
    this.#said = programme.said;
    this.#asked = programme.asked;
    this.#turnedAway = programme.turnedAway;
  }

  /** Something came that it waited for. */
  stopWaiting(): this {
    this.#wait = undefined;
    return this;
  }
  /** The customer said something: no circle. */
  countAnew(): this {
    this.#done = 0;
    return this;
  }
  /** In place of all that was to be done. */
  instead(instructions: readonly Instruction[]): this {
    this.#todo = instructions;
    return this;
  }
  /** False where it is too much to be kept, which ends what the service does. */
  set(attributes: Attributes): boolean {
    const next = { ...this.#attributes, ...attributes };
    const fits = Buffer.byteLength(JSON.stringify(next)) <= maxAttributeBytes;
    if (fits) this.#attributes = next;
    else this.fail('what it knows of the customer grew beyond 16 KiB');
    return fits;
  }
  effect(effect: Effect): this {
    this.#effects.push(effect);
    return this;
  }
  waitFor(wait: WaitFor, ms: number): number {
    this.#waits += 1;
    this.#wait = { ...wait, number: this.#waits, until: this.#view.now + ms };
    return this.#waits;
  }
  /** Whoever waits in a queue already goes on waiting; everybody else goes to the queue of the line, or waits for one to open. */
  fail(reason: string): this {
    if (this.#queued === undefined) return this.#human(`The service could not go on: ${reason}.`);
    this.#todo = [];
    this.#wait = undefined;
    const text = `What the customer was to be told while they wait is missing: ${reason}.`;
    return this.#isNew(text.slice(0, 80)) ? this.effect({ do: 'note', text }) : this;
  }
  /** The customer wants to talk to somebody. */
  callHuman(reason: string): this {
    return this.#queued === undefined ? this.#human(reason) : this;
  }

  run(): Turn {
    this.#goOn();
    const turn = this.#turn();
    return JSON.stringify(turn.programme).length <= maxProgrammeLength ? turn : this.#tooLong();
  }

  #goOn(): void {
    while (this.#wait === undefined && !this.#isOver) {
      const [next, ...rest] = this.#todo;
      if (next === undefined) {
        this.#ranOut();
        if (this.#todo.length === 0) break;
        continue;
      }
      this.#todo = rest;
      this.#done += 1;
      if (this.#done > maxDone) this.fail('it turns in circles');
      else this.#do(next);
    }
  }

  #ranOut(): void {
    const application = this.#queued?.waitApplication;
    if (application !== undefined) {
      this.#todo = [{ do: 'request', application, event: waitingEvent }];
      this.#rest(this.#view.waitFloorMs?.(application) ?? waitFloorMs);
    } else if (this.#queued === undefined) this.#human();
  }

  /** Before an application is asked again while the customer waits: so long after it was asked last. */
  #rest(floorMs: number): void {
    const { now } = this.#view;
    const at = (this.#queued?.askedAt ?? now - floorMs) + floorMs;
    this.#done = 0;
    this.waitFor({ for: 'time' }, Math.max(0, at - now));
  }

  #do(instruction: Instruction): void {
    switch (instruction.do) {
      case 'say':
        if (
          this.#isNewHere(instruction.text) &&
          (instruction.once === undefined || this.#isNew(instruction.once))
        )
          this.effect(instruction);
        return;
      case 'play':
      case 'page':
        if (this.#isNewHere(instruction.url)) this.effect(instruction);
        return;
      case 'ask': {
        const { do: _, ...question } = instruction;
        if (question.text !== '' && this.#isNewHere(question.text)) this.effect({ do: 'ask', question });
        this.waitFor({ for: 'answer', question, asked: 1 }, question.timeoutMs);
        return;
      }
      case 'pause':
        this.waitFor({ for: 'time' }, Math.max(0, instruction.ms));
        return;
      case 'set':
        this.set(instruction.attributes);
        return;
      case 'enqueue': {
        const { do: _, ...request } = instruction;
        this.#enqueue(request, this.#todo);
        return;
      }
      case 'transfer':
        this.#transfer(instruction.to);
        return;
      case 'leave':
        if (this.#queued !== undefined) this.leaveQueue('leave');
        return;
      case 'redirect':
      case 'request':
        if (this.#isTooSoon()) {
          this.#todo = [instruction];
          this.#rest(leastWaitFloorMs);
        } else if (instruction.do === 'redirect') this.request(instruction.url, 'redirect');
        else this.request(instruction.application, instruction.event, instruction.parameters);
        return;
      case 'dialog':
        this.#expand(instruction.dialog, instruction.step);
        return;
      case 'lookUp': {
        const { do: _, ...lookUp } = instruction;
        const call = this.waitFor({ for: 'look-up', lookUp }, answerWaitMs);
        this.effect({ do: 'lookUp', call, lookUp });
        return;
      }
      case 'human':
        this.callHuman(instruction.reason ?? '');
        return;
      case 'end':
        this.#isOver = true;
        this.#todo = [];
        this.effect({ do: 'end', ...(instruction.text === undefined ? {} : { text: instruction.text }) });
        return;
    }
  }

  /** Asks an application; what it answers comes in place of all that is still to be done. */
  request(application: string, event: string, parameters?: Attributes): this {
    const by = this.#asked;
    this.#todo = [];
    this.#asked = application;
    if (this.#queued !== undefined) this.#queued = { ...this.#queued, askedAt: this.#view.now };
    const call = this.waitFor({ for: 'application' }, answerWaitMs);
    return this.effect({
      do: 'request',
      request: {
        call,
        application,
        event,
        ...(by === undefined ? {} : { by }),
        ...(parameters === undefined ? {} : { parameters }),
      },
    });
  }

  /** The session leaves the queue without an agent: on with the `action`, else with what follows the `enqueue`. `more`: what the `action` is told of it. */
  leaveQueue(result: QueueResult, more: Attributes = {}): this {
    const { rest, action } = this.#queued ?? { rest: [], action: undefined };
    this.#queued = undefined;
    this.#wait = undefined;
    this.effect({ do: 'leave' });
    const parameters = { QueueResult: result, ...more };
    this.#todo =
      action === undefined ? rest : [{ do: 'request', application: action, event: 'queue', parameters }];
    return this;
  }

  /** It does not enter the queue. Of a closed one that is said once: who asks for it again, or says nothing, waits there. */
  turnAway(wanted: EnqueueRequest, { result, queue, opensAt }: TurnedAway): this {
    if (result === 'closed') {
      this.#isNew(closedName(queue));
      const { action: _, attributes: __, ...rest } = wanted;
      this.#turnedAway = rest;
    }
    const opens = opensAt === undefined ? '' : new Date(opensAt).toISOString();
    return this.leaveQueue(result, {
      QueueSid: queue,
      ...(result === 'closed' ? { QueueOpensAt: opens } : {}),
    });
  }

  /** It waits once more, for another agent. */
  waitAnew(waitApplication: string): this {
    this.#beginWait(waitApplication);
    return this;
  }

  #enqueue(request: EnqueueRequest, rest: readonly Instruction[], reason = ''): void {
    if (request.attributes !== undefined && !this.set(request.attributes)) return;
    const { waitApplication, action } = request;
    this.#turnedAway = undefined;
    this.#queued = {
      rest,
      ...(waitApplication === undefined ? {} : { waitApplication }),
      ...(action === undefined ? {} : { action }),
    };
    this.#beginWait(waitApplication);
    this.effect({ do: 'enqueue', request, ...(reason === '' ? {} : { reason }) });
  }

  #beginWait(waitApplication: string | undefined): void {
    this.#said = this.#said.filter((name) => !name.startsWith(hereMark));
    this.#todo =
      waitApplication === undefined
        ? []
        : [{ do: 'request', application: waitApplication, event: waitingEvent }];
  }

  #transfer(to: Extract<Instruction, { do: 'transfer' }>['to']): void {
    this.#enqueue('queue' in to ? to : { queue: this.#view.queue, agent: to.agent }, []);
  }

  #expand(dialog: string, step: string | undefined): void {
    const instructions = this.#view.expand(dialog, step, this.#attributes);
    if (instructions === undefined) this.fail('the dialog, or a step of it, is no longer declared');
    else this.#todo = instructions;
  }

  #human(reason?: string): this {
    this.#wait = undefined;
    this.#enqueue(this.#turnedAway ?? { queue: this.#view.queue }, [], reason);
    return this;
  }

  /** While the customer waits, the same is not said to them again and again. */
  #isNewHere(text: string): boolean {
    return this.#queued === undefined || this.#isNew(`${hereMark}${derivedId('said', text)}`);
  }

  #isTooSoon(): boolean {
    const { askedAt } = this.#queued ?? {};
    return askedAt !== undefined && this.#view.now < askedAt + leastWaitFloorMs;
  }

  #isNew(name: string): boolean {
    if (this.#said.includes(name)) return false;
    this.#said = [...this.#said, name].slice(-maxSaid);
    return true;
  }

  #turn(): Turn {
    return { programme: this.#programme(), attributes: this.#attributes, effects: this.#effects };
  }

  /** What came of this event so far is not done: it may ask for what nobody waits for any more. */
  #tooLong(): Turn {
    const { wait: _, queued, ...before } = this.#before;
    const small = { ...before, todo: [], ...(queued === undefined ? {} : { queued: lightened(queued) }) };
    const runner = new Runner(small, this.#view).fail('what it is to do grew beyond 64 KiB');
    runner.#goOn();
    return runner.#turn();
  }

  #programme(): Programme {
    return {
      todo: this.#todo,
      waits: this.#waits,
      done: this.#done,
      said: this.#said,
      ...(this.#wait === undefined ? {} : { wait: this.#wait }),
      ...(this.#queued === undefined ? {} : { queued: this.#queued }),
      ...(this.#asked === undefined ? {} : { asked: this.#asked }),
      ...(this.#turnedAway === undefined ? {} : { turnedAway: this.#turnedAway }),
    };
  }
}

/** Whoever waits loses nothing by what is answered meanwhile: neither whom to tell in the end nor, unless it is the long one, what comes then. */
function lightened(queued: Queued): Queued {
  return JSON.stringify(queued.rest).length <= maxProgrammeLength / 2 ? queued : { ...queued, rest: [] };
}
