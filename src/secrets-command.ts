import { z } from 'zod';
import type { Settings } from './config/load-config.ts';
import { CommandFailure, exitCodeOf, operatorClient } from './operator-client.ts';

const keysSchema = z.object({
  keys: z.array(
    z.object({ id: z.string(), use: z.enum(['encrypts', 'decrypts', 'missing']), texts: z.number() }),
  ),
});
const rotationSchema = keysSchema.extend({ sealedAnew: z.number(), unreadable: z.number() });
type Key = z.output<typeof keysSchema>['keys'][number];

/** `--secrets`: the keys of what lies encrypted in the store. Gives the exit code. */
export async function runSecretsCommand(settings: Settings, action: string): Promise<number> {
  return exitCodeOf(async () => {
    if (action !== 'list' && action !== 'rotate')
      throw new CommandFailure(2, `--secrets: found ${action}, expected list or rotate`);
    const client = operatorClient(settings);
    if (action === 'list') {
      const { keys } = keysSchema.parse(JSON.parse(await client.ask('GET', ['secrets'])));
      if (keys.length === 0) console.log('Nothing is encrypted in the store, and there is no key.');
      show(keys);
      return;
    }
    const done = rotationSchema.parse(JSON.parse(await client.ask('POST', ['secrets', 'rotate'])));
    console.log(`${String(done.sealedAnew)} records were encrypted anew.`);
    show(done.keys);
    if (done.unreadable > 0)
      throw new CommandFailure(
        1,
        `${String(done.unreadable)} records cannot be decrypted: add the keys that are missing to secrets.keys, or give the lines anew`,
      );
  });
}

function show(keys: readonly Key[]): void {
  for (const { id, use, texts } of keys) {
    const count = `${String(texts)} ${texts === 1 ? 'secret' : 'secrets'}`;
    if (use === 'missing') console.log(`${id}: is missing, ${count}: expected among secrets.keys`);
    else if (use === 'decrypts' && texts === 0)
      console.log(`${id}: may be removed, once no replica has it first`);
    else console.log(`${id}: ${use}, ${count}`);
  }
}
