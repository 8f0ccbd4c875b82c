import { z } from 'zod';
import type { Settings } from './config/load-config.ts';
import { CommandFailure, exitCodeOf, operatorClient } from './operator-client.ts';
import { print } from './print.ts';

const listed = z.object({
  entries: z.array(
    z.object({
      id: z.string(),
      conversation: z.string(),
      kind: z.string(),
      reason: z.string(),
      quarantinedAt: z.string(),
    }),
  ),
});
export const quarantineActions = ['list', 'show', 'put-back', 'drop'] as const;

/** `--quarantine`: events that could not be handled. Gives the exit code. */
export async function runQuarantineCommand(
  settings: Settings,
  options: { readonly quarantine?: string; readonly tenant?: string; readonly entry?: string },
): Promise<number> {
  return exitCodeOf(async () => {
    const action = quarantineActions.find((known) => known === options.quarantine);
    const { tenant, entry = '' } = options;
    if (action === undefined || tenant === undefined || (action !== 'list' && entry === '')) {
      throw new CommandFailure(
        2,
        `--quarantine: found ${options.quarantine ?? 'nothing'}, expected list, show, put-back or drop, with --tenant T and, but for list, --entry ID`,
      );
    }
    const client = operatorClient(settings, tenant);
    switch (action) {
      case 'list': {
        let count = 0;
        for await (const page of client.pages(['quarantine'])) count += printPage(page);
        if (count === 0) print('Nothing is in quarantine.');
        return;
      }
      case 'show':
        print(await client.ask('GET', ['quarantine', entry]));
        return;
      case 'put-back':
        await client.ask('POST', ['quarantine', entry, 'put-back']);
        break;
      case 'drop':
        await client.ask('DELETE', ['quarantine', entry]);
        break;
    }
    print('Done.');
  });
}

function printPage(text: string): number {
  const { entries } = listed.parse(JSON.parse(text));
  for (const { id, conversation, kind, reason, quarantinedAt } of entries) {
    print(`${quarantinedAt}  ${id}\n  conversation ${conversation}, ${kind}: ${reason}`);
  }
  return entries.length;
}
