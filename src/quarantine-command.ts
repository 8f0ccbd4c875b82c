import { request } from 'undici';
import { z } from 'zod';
import type { Settings } from './config/load-config.ts';
import { ownUrl } from './own-url.ts';

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
export type QuarantineAction = (typeof quarantineActions)[number];

/**
 * `--quarantine`: asks the running Switchboard, since the embedded store belongs to one process. Gives the exit code.
 */
export async function runQuarantineCommand(
  settings: Settings,
  command: { readonly action: QuarantineAction; readonly tenant: string; readonly id?: string },
): Promise<number> {
  const { operatorToken } = settings.config.http;
  if (operatorToken === undefined) {
    console.error(
      `${settings.file}: http.operatorToken: found nothing, expected a token, which this command and its HTTP routes need`,
    );
    return 2;
  }
  const base = `${ownUrl(settings.config.http)}/api/v1/tenants/${encodeURIComponent(command.tenant)}/quarantine`;
  const entry = command.id === undefined ? base : `${base}/${encodeURIComponent(command.id)}`;
  const [method, url] = (
    {
      list: ['GET', base],
      show: ['GET', entry],
      'put-back': ['POST', `${entry}/put-back`],
      drop: ['DELETE', entry],
    } as const
  )[command.action];
  const answer = await request(url, { method, headers: { authorization: `Bearer ${operatorToken}` } }).catch(
    () => undefined,
  );
  if (answer === undefined) {
    console.error(
      `Switchboard does not answer at ${ownUrl(settings.config.http)}: is it running with this config file?`,
    );
    return 1;
  }
  const text = await answer.body.text();
  if (answer.statusCode >= 300) {
    console.error(`${String(answer.statusCode)}: ${text}`);
    return 1;
  }
  if (command.action === 'list') printList(text);
  else console.log(command.action === 'show' ? text : 'Done.');
  return 0;
}

function printList(text: string): void {
  const { entries } = listed.parse(JSON.parse(text));
  if (entries.length === 0) console.log('Nothing is in quarantine.');
  for (const { id, conversation, kind, reason, quarantinedAt } of entries) {
    console.log(`${quarantinedAt}  ${id}\n  conversation ${conversation}, ${kind}: ${reason}`);
  }
}
