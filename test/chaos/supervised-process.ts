import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** What is under test: any command that says by HTTP when it is ready, and that a crash at a named point can be asked of. */
export interface ProcessUnderTest {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Answers 200 when the process takes messages. */
  readonly readyUrl: string;
}

/** Keeps the process running: started again whenever it dies. */
export interface SupervisedProcess {
  /** Deaths by SIGKILL, our own and those at named points. */
  readonly kills: number;
  /** `SWITCHBOARD_CRASH_AT` of the coming starts, one each; none when they are used up. */
  readonly crashPlan: string[];
  start(): Promise<void>;
  /** kill -9, nobody there for so long, or until this has happened, and resolves when the next one is ready. */
  kill(down?: number | (() => Promise<unknown>)): Promise<void>;
  /** SIGTERM, and resolves when the next one is ready. */
  restart(): Promise<void>;
  /**
   * Stands still for so long, or until this has happened; it does not die of it. Stopped by SIGSTOP; with another signal it is asked to
   * stop itself, where it likes.
   */
  pause(still: number | (() => Promise<unknown>), signal?: NodeJS.Signals): Promise<void>;
  /** Processor time that the present one has used, milliseconds; undefined where the system does not tell (Linux does). */
  cpuMs(): number | undefined;
  /** SIGTERM, not started again until `start`. Resolves with the exit code. @throws where it has not ended within the time. */
  terminate(withinMs: number): Promise<number | null>;
  /** What it last wrote to standard output and standard error. */
  lastWords(): string;
}

/** For ends that are not what is tried: a process that stops by itself gives up after less. */
export const endWithinMs = 60_000;

const readyWithinMs = 120_000;
const answerWithinMs = 10_000;
const stoppedWithinMs = 30_000;
const wordsKept = 8000;

export function superviseProcess(target: ProcessUnderTest): SupervisedProcess {
  let child: ChildProcess | undefined;
  let kills = 0;
  let ending = false;
  let staysDown = false;
  let words = '';
  let readiness: Promise<void> = Promise.resolve();
  const crashPlan: string[] = [];

  const launch = (): void => {
    const crashAt = crashPlan.shift();
    const started = spawn(target.command, target.args, {
      env: {
        ...process.env,
        ...target.env,
        ...(crashAt === undefined ? {} : { SWITCHBOARD_CRASH_AT: crashAt }),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = started;
    for (const stream of [started.stdout, started.stderr])
      stream.on('data', (data: Buffer) => (words = (words + data.toString()).slice(-wordsKept)));
    started.once('exit', (code, signal) => {
      if (signal === 'SIGKILL') kills += 1;
      else if (!ending) words += `\n[ended by itself: code ${code ?? 'none'}, signal ${signal ?? 'none'}]`;
      if (!ending && !staysDown) launch();
    });
    readiness = untilReady(started);
    readiness.catch(() => undefined);
  };

  const untilReady = async (started: ChildProcess): Promise<void> => {
    const deadline = Date.now() + readyWithinMs;
    // A process that dies before it is ready has a successor, which is waited for in its place.
    while (started === child && Date.now() < deadline) {
      const ready = await fetch(target.readyUrl, { signal: AbortSignal.timeout(answerWithinMs) }).then(
        (response) => response.ok,
        () => false,
      );
      if (ready) return;
      await sleep(20);
    }
    if (started === child) throw new Error(`not ready after ${readyWithinMs} ms:\n${words}`);
    await readiness;
  };

  return {
    get kills() {
      return kills;
    },
    crashPlan,
    async start() {
      ending = false;
      launch();
      await readiness;
    },
    async kill(down = 0) {
      await readiness;
      const victim = child;
      if (victim === undefined) return;
      staysDown = down !== 0;
      const gone = once(victim, 'exit');
      victim.kill('SIGKILL');
      await gone;
      if (staysDown)
        await over(down).finally(() => {
          staysDown = false;
          if (!ending) launch();
        });
      await readiness;
    },
    async restart() {
      await readiness;
      const victim = child;
      if (victim === undefined) return;
      const gone = once(victim, 'exit');
      victim.kill('SIGTERM');
      await gone;
      await readiness;
    },
    async pause(still, signal = 'SIGSTOP') {
      await readiness;
      const victim = child;
      if (victim?.pid === undefined) return;
      victim.kill(signal);
      try {
        if (signal !== 'SIGSTOP') await untilStopped(victim.pid);
        await over(still);
      } finally {
        victim.kill('SIGCONT');
      }
    },
    cpuMs() {
      const pid = child?.pid;
      return pid === undefined ? undefined : processorTime(pid);
    },
    async terminate(withinMs) {
      ending = true;
      const last = child;
      if (last === undefined || last.exitCode !== null || last.signalCode !== null)
        return last?.exitCode ?? null;
      const gone = once(last, 'exit');
      last.kill('SIGTERM');
      const inTime = await Promise.race([gone.then(() => true), sleep(withinMs, false)]);
      if (!inTime) {
        last.kill('SIGKILL');
        await gone;
        throw new Error(`did not end within ${withinMs} ms of SIGTERM:\n${words}`);
      }
      return last.exitCode;
    },
    lastWords: () => words,
  };
}

async function over(time: number | (() => Promise<unknown>)): Promise<void> {
  await (typeof time === 'number' ? sleep(time) : time());
}

/** Linux only, as what asks for it. @throws where it goes on */
async function untilStopped(pid: number): Promise<void> {
  const deadline = performance.now() + stoppedWithinMs;
  while (statOf(pid)?.[0] !== 'T') {
    if (performance.now() > deadline)
      throw new Error(`did not stop itself within ${stoppedWithinMs} ms: it had nothing to do`);
    await sleep(5);
  }
}

/** Fields 14 and 15 of proc(5)'s stat, in hundredths of a second. */
function processorTime(pid: number): number | undefined {
  const fields = statOf(pid);
  if (fields === undefined) return undefined;
  const [user, system] = fields.slice(11, 13);
  return (Number(user) + Number(system)) * 10;
}

/** From the third on: its state. */
function statOf(pid: number): string[] | undefined {
  try {
    const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
    return fields.split(' ');
  } catch {
    return undefined;
  }
}
