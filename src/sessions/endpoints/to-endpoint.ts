import { findChannelModule } from '../../channels/registry.ts';
import type { Tenant } from '../../directory/tenant.ts';
import type { Capabilities } from '../../message/capabilities.ts';
import { adapt } from '../../message/adapt.ts';
import type { AdaptContext } from '../../message/adapted.ts';
import type { Loss } from '../../message/loss.ts';
import type { Content, Message } from '../../message/message.ts';
import type { LineId } from '../../platform/ids.ts';
import type { EndpointPurpose, LineOperation } from '../conversation-event.ts';
import type { Draft } from '../draft.ts';
import type { EndpointPart } from '../session.ts';
import { kindOf, type Speaker } from '../tell-customer.ts';

/** As people say the network of a line: `SMS`. */
export function networkTitle(tenant: Tenant, line: LineId): string {
  const channel = tenant.lines.get(line)?.channel;
  return (channel === undefined ? undefined : findChannelModule(channel)?.title) ?? 'the network';
}

function capabilitiesOf(tenant: Tenant, line: LineId): Capabilities | undefined {
  const settings = tenant.lines.get(line);
  return settings && findChannelModule(settings.channel)?.capabilities(settings.parameters);
}

/** A message as the network of an endpoint can show it. Nothing where its line is gone. */
export function operationsFor(
  tenant: Tenant,
  part: EndpointPart,
  message: Message,
  about: {
    readonly purpose: EndpointPurpose;
    readonly context?: AdaptContext;
    /** Default: the tenant. */
    readonly sender?: Speaker;
  },
): { readonly operations: readonly LineOperation[]; readonly lost: readonly Loss[] } {
  const capabilities = capabilitiesOf(tenant, part.line);
  if (capabilities === undefined) return { operations: [], lost: [] };
  const { messages, lost } = adapt(message, capabilities, about.context);
  const operations = messages.map((each, index): LineOperation => ({
    line: part.line,
    address: part.address,
    kind: kindOf(each),
    message: each,
    sender: about.sender ?? { name: tenant.name, kind: 'system' },
    part: index + 1,
    parts: messages.length,
    endpoint: about.purpose,
  }));
  return { operations, lost };
}

/** A word of Switchboard to an agent at their endpoint, about the open session where there is one. */
export function tellEndpoint(draft: Draft, part: EndpointPart, purpose: EndpointPurpose, text: string): void {
  sendContent(draft, part, purpose, { kind: 'text', text }, 'failure');
}

/** `tell`: what of its end the endpoint's own decisions hear. */
export function sendContent(
  draft: Draft,
  part: EndpointPart,
  purpose: EndpointPurpose,
  content: Content,
  tell: 'always' | 'failure',
): void {
  for (const operation of operationsFor(draft.state.tenant, part, { content }, { purpose }).operations)
    draft.toEndpoint(part, operation, tell);
}
