import type { KeptLine } from '../../directory/kept-line.ts';
import type { FrontTexts, FrontTextsIn } from '../../directory/front-texts.ts';
import { isShared, sharedLineName } from '../../directory/shared-tenant.ts';
import type { LineSettings, SendLimits, Tenant } from '../../directory/tenant.ts';
import type { LineId, TenantId } from '../../platform/ids.ts';
import { shownParameters } from './line-change.ts';

/** A line as an operator may see it: of secrets only that they are set, and since when. */
export interface LineView {
  readonly id: LineId;
  /** `file`: declared in the config file, and changed there. */
  readonly source: 'file' | 'rest';
  readonly channel: string;
  readonly name: string;
  readonly queue: string;
  readonly service?: string;
  readonly onUnclear: string;
  readonly sendLimits?: SendLimits;
  /** Of a line that tenants share. */
  readonly texts?: FrontTexts;
  readonly textsIn?: FrontTextsIn;
  /** Likewise: the tenants that do. */
  readonly sharedBy?: readonly TenantId[];
  /** Absent where they cannot be decrypted. */
  readonly parameters?: unknown;
  readonly secrets?: readonly { readonly path: string; readonly changedAt: number }[];
  /** Until when signatures of the secrets before the last change are taken. */
  readonly formerSecretsUntil?: number;
  readonly createdAt?: number;
  readonly changedAt?: number;
  /** Of its connection in the process that answers. */
  readonly state: { readonly state: string; readonly reason?: string };
  /** Where its network reaches it. */
  readonly url: string;
  /** Changes with the line. */
  readonly tag?: string;
}

interface About {
  readonly tenant: Tenant;
  readonly id: LineId;
  readonly publicUrl: string;
  readonly state: LineView['state'];
  readonly sharedBy?: readonly TenantId[];
}

export function declaredView(about: About, line: LineSettings): LineView {
  const { channel, displayName, queue, service, onUnclear, sendLimits, parameters } = line;
  const { frontTexts, frontTextsIn } = line;
  return {
    ...common(about, channel),
    source: 'file',
    name: displayName,
    queue,
    ...(service === undefined ? {} : { service }),
    onUnclear,
    ...withLimits(sendLimits),
    ...(frontTexts === undefined ? {} : { texts: frontTexts }),
    ...(frontTextsIn === undefined ? {} : { textsIn: frontTextsIn }),
    parameters: shownParameters(channel, parameters),
  };
}

export function keptView(about: About, record: KeptLine, parameters: object | undefined): LineView {
  const { channel, name, queue, service, onUnclear, sendLimits, texts, previous, secretsChangedAt } = record;
  const { textsIn, createdAt, changedAt } = record;
  const usualName = isShared(about.tenant.id) ? sharedLineName : about.tenant.name;
  return {
    ...common(about, channel),
    source: 'rest',
    name: name ?? usualName,
    queue,
    ...(service === undefined ? {} : { service }),
    onUnclear,
    ...withLimits(sendLimits),
    ...(texts === undefined ? {} : { texts }),
    ...(textsIn === undefined ? {} : { textsIn }),
    ...(parameters === undefined ? {} : { parameters: shownParameters(channel, parameters) }),
    secrets: Object.entries(secretsChangedAt).map(([path, at]) => ({ path, changedAt: at })),
    ...(previous === undefined ? {} : { formerSecretsUntil: previous.until }),
    createdAt,
    changedAt,
    tag: record.tag,
  };
}

function withLimits(limits: SendLimits | undefined): { readonly sendLimits?: SendLimits } {
  return limits === undefined || Object.keys(limits).length === 0 ? {} : { sendLimits: limits };
}

function common({ tenant, id, publicUrl, state, sharedBy }: About, channel: string) {
  const url = `${publicUrl}/channels/${channel}/${tenant.id}/${id}`;
  const { state: name, reason } = state;
  return {
    id,
    channel,
    url,
    state: reason === undefined ? { state: name } : { state: name, reason },
    ...(sharedBy === undefined ? {} : { sharedBy }),
  };
}
