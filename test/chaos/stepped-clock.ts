import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/*
 * A preload (`--import stepped-clock.ts?directory=…`): the wall clock of this process is off by as many milliseconds as the file of its
 * HTTP port in the directory says, from 100 ms after it was written on. Its monotonic clock and its timers go on as they are.
 */
const directory = new URL(import.meta.url).searchParams.get('directory') ?? '';
const file = join(directory, process.env['SWITCHBOARD__HTTP__PORT'] ?? '');
const Real = Date;
let offset = 0;

const look = (): void => {
  try {
    offset = Number(readFileSync(file, 'utf8'));
  } catch {
    // Nobody has set it.
  }
};
look();
setInterval(look, 100).unref();

globalThis.Date = new Proxy(Real, {
  construct: (target, given: readonly unknown[], made) =>
    Reflect.construct(target, given.length === 0 ? [target.now() + offset] : given, made) as object,
  get: (target, name) =>
    name === 'now' ? () => target.now() + offset : (Reflect.get(target, name) as unknown),
});
