import { as } from '../../platform/ids.ts';
import type { Address, ChannelHost, ContactProfile, Line } from '../channel.ts';
import type { Visitor } from './log-entry.ts';
import type { WebParameters } from './parameters.ts';
import { Signer } from './signed-text.ts';
import { Streams } from './streams.ts';
import { VisitorLock } from './visitor-lock.ts';
import { VisitorLog } from './visitor-log.ts';

/** What the parts of an open line share. */
export interface WebLine {
  readonly line: Line<WebParameters>;
  readonly host: ChannelHost;
  readonly log: VisitorLog;
  /** Held while a visitor's log is read and then written. */
  readonly lock: VisitorLock;
  readonly streams: Streams;
  readonly signer: Signer;
}

export function createWebLine(line: Line<WebParameters>, host: ChannelHost): WebLine {
  return {
    line,
    host,
    log: new VisitorLog(host.records, host.clock, line.parameters.keepEntries, (reference) =>
      host.files.remove(reference),
    ),
    lock: new VisitorLock(),
    streams: new Streams(host.others),
    signer: new Signer(line.parameters.secret, `${line.tenant} ${line.id}`, {
      ...(line.parameters.secondarySecret === undefined
        ? {}
        : { secondary: line.parameters.secondarySecret }),
      ...(line.previous === undefined
        ? {}
        : { former: { secret: line.previous.parameters.secret, until: line.previous.until } }),
    }),
  };
}

export function addressOf(visitor: string): Address {
  return { id: as(visitor) };
}

/** Who gave no name is told apart by the start of their random id. */
export function profileOf(id: string, visitor: Visitor): ContactProfile {
  const { email, language, page, client } = visitor;
  const name =
    visitor.name ??
    `Visitor ${id
      .replace(/[^A-Za-z0-9]/g, '')
      .slice(0, 4)
      .toUpperCase()}`;
  const details = {
    ...(email === undefined ? {} : { email }),
    ...(language === undefined ? {} : { language }),
    ...(page === undefined ? {} : { page }),
  };
  return {
    name,
    ...(Object.keys(details).length === 0 ? {} : { details }),
    ...(language === undefined && client === undefined
      ? {}
      : {
          app: {
            ...(client === undefined ? {} : { client }),
            ...(language === undefined ? {} : { language }),
          },
        }),
  };
}
