import { z } from 'zod';
import type { Settings } from './config/load-config.ts';
import { deliveryStates } from './delivery/dead-letters.ts';
import { CommandFailure, exitCodeOf, operatorClient } from './operator-client.ts';
import { print } from './print.ts';

const listed = z.object({
  deliveries: z.array(
    z.object({
      id: z.string(),
      conversation: z.string(),
      message: z.string().optional(),
      leg: z.string(),
      kind: z.string(),
      status: z.string(),
      attempts: z.number(),
      createdAt: z.string(),
      failure: z.object({ reason: z.string() }).optional(),
    }),
  ),
});
export const deliveryActions = ['list', 'show', 'retry', 'drop'] as const;

/** `--deliveries`: messages that did not get through. Gives the exit code. */
export async function runDeliveriesCommand(
  settings: Settings,
  options: {
    readonly deliveries?: string;
    readonly tenant?: string;
    readonly status?: string;
    readonly entry?: string;
  },
): Promise<number> {
  return exitCodeOf(async () => {
    const action = deliveryActions.find((known) => known === options.deliveries);
    const status = deliveryStates.find((known) => known === (options.status ?? 'failed'));
    const { tenant, entry = '' } = options;
    if (action === undefined || tenant === undefined || (action !== 'list' && entry === '')) {
      throw new CommandFailure(
        2,
        `--deliveries: found ${options.deliveries ?? 'nothing'}, expected list, show, retry or drop, with --tenant T and, but for list, --entry ID`,
      );
    }
    if (status === undefined) {
      throw new CommandFailure(
        2,
        `--status: found ${options.status ?? 'nothing'}, expected ${deliveryStates.join(', ')}`,
      );
    }
    const client = operatorClient(settings, tenant);
    switch (action) {
      case 'list': {
        let count = 0;
        for await (const page of client.pages(['deliveries'], { status })) count += printPage(page);
        if (count === 0) print(`No delivery is ${status}.`);
        return;
      }
      case 'show':
        print(await client.ask('GET', ['deliveries', entry]));
        return;
      case 'retry':
        await client.ask('POST', ['deliveries', entry, 'retry']);
        break;
      case 'drop':
        await client.ask('DELETE', ['deliveries', entry]);
        break;
    }
    print('Done.');
  });
}

function printPage(text: string): number {
  const { deliveries } = listed.parse(JSON.parse(text));
  for (const { id, conversation, message, leg, kind, status, attempts, createdAt, failure } of deliveries) {
    const about = message === undefined ? '' : `, message ${message}`;
    const why = failure === undefined ? '' : `: ${failure.reason}`;
    print(
      `${createdAt}  ${id}\n  conversation ${conversation}${about}, ${kind} to the ${leg}: ${status}, attempts: ${String(attempts)}${why}`,
    );
  }
  return deliveries.length;
}
