import { z } from 'zod';
import type { Settings } from './config/load-config.ts';
import { CommandFailure, exitCodeOf, operatorClient, type OperatorClient } from './operator-client.ts';
import { print } from './print.ts';

const found = z.object({
  messages: z.array(
    z.object({
      message: z.string().optional(),
      acceptedAt: z.string(),
      author: z.object({ kind: z.string() }),
      kind: z.string().optional(),
      verdict: z.object({ outcome: z.string(), why: z.string().optional() }),
    }),
  ),
});
const told = z.object({ words: z.array(z.string()) });

type Found = z.output<typeof found>['messages'][number];

/** What an id may be, where it is none of ours. */
const searches = ['native', 'conversation', 'address'] as const;

/** `--why`: what became of a message, by any of its ids; of a conversation or an address, its latest. Gives the exit code. */
export async function runWhyCommand(
  settings: Settings,
  options: { readonly why?: string; readonly tenant?: string },
): Promise<number> {
  return exitCodeOf(async () => {
    const { why: id = '', tenant } = options;
    if (id === '' || tenant === undefined)
      throw new CommandFailure(
        2,
        '--why: expected the id of a message, a conversation or an address, with --tenant T',
      );
    const client = operatorClient(settings, tenant);
    const own = await client.find(['messages', id, 'ledger']);
    if (own !== undefined) {
      printWords(own);
      return;
    }
    for (const by of id.startsWith('$') ? (['event'] as const) : searches) {
      const { messages } = found.parse(JSON.parse(await client.ask('GET', ['messages'], { [by]: id })));
      if (messages.length === 0) continue;
      for (const message of messages) await tell(client, message, messages.length === 1);
      return;
    }
    throw new CommandFailure(
      1,
      'Nothing is known of that id: it is none of this tenant’s, or older than what is kept.',
    );
  });
}

/** One message with all that happened, several with a line each. */
async function tell(client: OperatorClient, message: Found, alone: boolean): Promise<void> {
  if (alone && message.message !== undefined) {
    printWords(await client.ask('GET', ['messages', message.message, 'ledger']));
    return;
  }
  const { acceptedAt, author, kind = 'message', verdict } = message;
  const why = verdict.why === undefined ? '' : `: ${verdict.why}`;
  const name = message.message === undefined ? '' : `  ${message.message}`;
  print(`${acceptedAt}${name}\n  ${kind} by the ${author.kind}: ${verdict.outcome}${why}`);
}

function printWords(text: string): void {
  for (const line of told.parse(JSON.parse(text)).words) print(line);
}
