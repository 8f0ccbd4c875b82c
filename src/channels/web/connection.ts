import { ChannelError, type ChannelHost, type Connection, type Line } from '../channel.ts';
import * as agent from './agent-actions.ts';
import { WebApi } from './api.ts';
import { startCleaning } from './cleaning.ts';
import type { WebParameters } from './parameters.ts';
import { createWebLine, profileOf } from './web-line.ts';
import { isWidgetBuilt } from './widget-file.ts';

export function openConnection(line: Line<WebParameters>, host: ChannelHost): Connection {
  const web = createWebLine(line, host);
  const api = new WebApi(web);
  const stopCleaning = startCleaning(web);
  let closed = false;
  host.report({ state: 'connected' });

  /** What fails in our own store is worth another try; it may have been written or not, and is recognised either way. */
  const durably = async <T>(action: () => Promise<T>): Promise<T> => {
    if (closed) throw new ChannelError({ kind: 'retry', certain: true, reason: 'The line is closed.' });
    try {
      return await action();
    } catch (error) {
      if (error instanceof ChannelError) throw error;
      throw new ChannelError(
        { kind: 'retry', certain: false, reason: 'The chat’s records could not be written.' },
        { cause: error },
      );
    }
  };
  const quietly = (what: string, action: () => Promise<void>): void => {
    if (closed) return;
    action().catch((error: unknown) =>
      host.logger.warn({ err: error }, `${what} could not be shown in the chat`),
    );
  };

  return {
    send: (address, outgoing) => durably(() => agent.send(web, address, outgoing)),
    edit: (address, outgoing) => durably(() => agent.edit(web, address, outgoing)),
    retract: (address, outgoing) => durably(() => agent.retract(web, address, outgoing)),
    react: (address, outgoing) => durably(() => agent.react(web, address, outgoing)),
    typing: (address, active, sender) => agent.typing(web, address, active, sender),
    markRead: (address, upTo) => quietly('that a message was read', () => agent.markRead(web, address, upTo)),
    sessionChanged: (address, change) =>
      quietly('a change of the session', () => agent.sessionChanged(web, address, change)),
    receive: (request) => api.receive(request),
    async fetchMedia(reference) {
      const opened = await durably(() => host.files.open(reference));
      if (opened !== undefined) return opened;
      throw new ChannelError({ kind: 'permanent', certain: true, reason: 'The file is no longer kept.' });
    },
    async profile(address) {
      const visitor = await web.log.visitor(address.id);
      return visitor === undefined ? undefined : profileOf(address.id, visitor);
    },
    async verify() {
      const { protocol, hostname } = new URL(host.publicUrl);
      const local = hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]';
      return [
        ...(isWidgetBuilt() ? [] : ['The chat’s page and widget were not built: npm run build:web.']),
        ...(protocol === 'https:' || local
          ? []
          : [
              `Visitors reach ${host.publicUrl} without encryption: browsers refuse to embed it in https pages.`,
            ]),
      ];
    },
    async close() {
      if (closed) return;
      closed = true;
      stopCleaning();
      api.close();
    },
  };
}
