import {
  type Address,
  ChannelError,
  type ChannelHost,
  type Connection,
  type Line,
  type Outgoing,
  type Sent,
} from '../channel.ts';
import { as } from '../../platform/ids.ts';
import { openCallback } from './callback.ts';
import type { LoopbackParameters } from './parameters.ts';
import { receive } from './receive.ts';
import { openShownLog } from './shown-log.ts';
import { toLoopback } from './to-loopback.ts';

const linkValidForSeconds = 86_400;

export async function open(line: Line<LoopbackParameters>, host: ChannelHost): Promise<Connection> {
  const { callbackUrl, secret } = line.parameters;
  const callback = callbackUrl === undefined ? undefined : openCallback(callbackUrl, secret, host.clock);
  const shownLog = openShownLog(host.records);
  let closed = false;

  /** Told first, kept after it: a message that failed must not turn up later. Told twice, it has the same id. */
  async function show(address: Address, outgoing: Outgoing): Promise<Sent> {
    if (closed) throw new ChannelError({ kind: 'retry', certain: true, reason: 'the line is closed' });
    const shown = toLoopback(address, outgoing, (media) => host.media.signedLink(media, linkValidForSeconds));
    await callback?.post(shown);
    await shownLog.add(shown);
    return { id: as(shown.id) };
  }

  /** Best effort: nobody waits for it, and it is not kept. */
  function mention(content: object): void {
    if (closed) return;
    callback?.post(content).catch((error: unknown) => {
      host.logger.debug({ error }, 'a passing notice was not taken');
    });
  }

  host.report({ state: 'connected' });
  return {
    send: show,
    edit: show,
    retract: show,
    react: show,
    ...(callback === undefined
      ? {}
      : {
          typing: (address: Address, active: boolean) => {
            mention({ type: 'typing', to: address.id, active });
          },
          markRead: (address: Address, upTo: string) => {
            mention({ type: 'read', to: address.id, target: upTo });
          },
        }),
    receive: (request) => receive(request, line, host, shownLog),
    async fetchMedia(reference) {
      const file = await host.files.open(reference);
      if (file !== undefined) return file;
      throw new ChannelError({ kind: 'permanent', certain: true, reason: 'there is no such file' });
    },
    async close() {
      closed = true;
      await callback?.close();
    },
  };
}
