import { randomBytes } from 'node:crypto';
import { findChannelModule } from '../../channels/registry.ts';
import { redact } from '../../channels/secret.ts';
import { placeOf, type KeptLine } from '../../directory/kept-line.ts';
import type { LineId, TenantId } from '../../platform/ids.ts';
import type { SecretBox } from '../../secrets/secret-box.ts';
import { secretsIn } from './secret-fields.ts';
import type { GivenLine } from './line-rules.ts';

/** A kept line with its parameters opened. */
export interface OpenedLine {
  readonly record: KeptLine;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** The record that a change makes, and which secrets it changes. */
export function changedLine(
  { tenant, id, box, now }: { tenant: TenantId; id: LineId; box: SecretBox; now: number },
  given: GivenLine,
  graceSeconds: number,
  before: OpenedLine | undefined,
): { readonly record: KeptLine; readonly secrets: readonly string[] } {
  const { channel, name, queue, service, onUnclear, sendLimits, texts, textsIn, parameters } = given;
  const set = secretsOf(channel, parameters);
  const former = before === undefined ? new Map<string, unknown>() : secretsOf(channel, before.parameters);
  const changed = [...set].filter(([path, value]) => former.get(path) !== value).map(([path]) => path);
  const dropped = [...former.keys()].filter((path) => !set.has(path));
  const secretsChangedAt = Object.fromEntries(
    [...set.keys()].map((path) => [
      path,
      changed.includes(path) ? now : (before?.record.secretsChangedAt[path] ?? now),
    ]),
  );
  const isRotated = before !== undefined && (changed.some((path) => former.has(path)) || dropped.length > 0);
  const previous =
    isRotated && graceSeconds > 0
      ? {
          sealed: box.seal(placeOf(tenant, id, 'previous'), JSON.stringify(before.parameters)),
          until: now + graceSeconds * 1000,
        }
      : isRotated
        ? undefined
        : before?.record.previous;
  return {
    record: {
      channel,
      ...(name === undefined ? {} : { name }),
      queue,
      ...(service === undefined ? {} : { service }),
      onUnclear,
      ...(sendLimits === undefined ? {} : { sendLimits }),
      ...(texts === undefined ? {} : { texts }),
      ...(textsIn === undefined ? {} : { textsIn }),
      sealed: box.seal(placeOf(tenant, id, 'current'), JSON.stringify(parameters)),
      ...(previous === undefined ? {} : { previous }),
      secretsChangedAt,
      createdAt: before?.record.createdAt ?? now,
      changedAt: now,
      tag: randomBytes(9).toString('base64url'),
    },
    secrets: [...changed, ...dropped],
  };
}

/** By path. */
function secretsOf(channel: string, parameters: object): Map<string, unknown> {
  return secretsIn(parameters, shownParameters(channel, parameters));
}

/** What may be shown of parameters. */
export function shownParameters(channel: string, parameters: object): unknown {
  const module = findChannelModule(channel);
  return module === undefined ? {} : redact(module.parameters, parameters);
}
