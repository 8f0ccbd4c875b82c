import {
  as,
  type AgentId,
  type LineId,
  type QueueId,
  type ServiceId,
  type TenantId,
} from '../platform/ids.ts';
import { usualFrontTexts, type FrontTexts, type FrontTextsIn } from '../directory/front-texts.ts';
import type { GivenIdentifier, LineSettings, Tenant, TenantRetention } from '../directory/tenant.ts';
import type { Config } from './schema.ts';
import type { AboutParts } from './part-about.ts';
import { toApplication } from './to-application.ts';
import { toCalendar, toServiceLevels } from './to-calendar.ts';
import { declaredRules } from './to-rules.ts';
import { toAgent, toAvailabilityRules, toQueue } from './to-routing.ts';
import { toServices } from './to-services.ts';

/** A tenant as the config file has it, and as parts that were added by REST make it. */
export type DeclaredTenant = Config['tenants'][string];

/** `lines`: of the tenant, checked by their networks; `about`: where its parts come from. */
export function toTenant(
  id: string,
  tenant: Omit<DeclaredTenant, 'lines'>,
  { lines, about }: { readonly lines: ReadonlyMap<LineId, LineSettings>; readonly about: AboutParts },
  retention: TenantRetention,
): Tenant {
  const agents = Object.entries(tenant.agents).map(
    ([name, agent]) => [as<AgentId>(name), toAgent(name, agent)] as const,
  );
  const queues = Object.entries(tenant.queues).map(
    ([name, queue]) =>
      [as<QueueId>(name), toQueue(name, queue, tenant.agents, about('queues', name))] as const,
  );
  const sharedLines = Object.entries(tenant.sharedLines).map(
    ([name, { queue }]) => [as<LineId>(name), { queue: as<QueueId>(queue) }] as const,
  );
  const textsIn = Object.entries(tenant.textsIn).map(
    ([language, texts]) => [language, withoutAbsent(texts)] as const,
  );
  return {
    id: as<TenantId>(id),
    name: tenant.name,
    homeserver: as(tenant.homeserver),
    ...toServices(tenant.services, tenant.identifiers.map(toIdentifier), about),
    agents: new Map(agents),
    queues: new Map(queues),
    sharedLines: new Map(sharedLines),
    applications: new Map(
      Object.entries(tenant.applications).map(([name, declared]) => [
        name,
        toApplication(name, declared, about('applications', name)),
      ]),
    ),
    lines,
    texts: withoutAbsent(tenant.texts),
    textsIn: Object.fromEntries(textsIn),
    nameTemplate: tenant.nameTemplate,
    federate: tenant.federate,
    relayMaxAgeMs: tenant.relayMaxAgeSeconds * 1000,
    answersPerMinute: tenant.answersPerMinute,
    retention,
    ...(tenant.sendPerDay === undefined ? {} : { sendPerDay: tenant.sendPerDay }),
    availability: toAvailabilityRules(tenant.availability),
    ...(tenant.rules === undefined ? {} : { rules: declaredRules(tenant.rules) }),
    calendars: new Map(
      Object.entries(tenant.calendars).map(([name, calendar]) => [name, toCalendar(name, calendar)]),
    ),
    ...(tenant.serviceLevels === undefined ? {} : { serviceLevels: toServiceLevels(tenant.serviceLevels) }),
  };
}

export function toLines(
  id: string,
  tenant: {
    readonly name: string;
    readonly lines: Readonly<
      Record<string, Omit<DeclaredTenant['lines'][string], 'queue'> & { queue?: string }>
    >;
  },
  parameters: ReadonlyMap<string, object>,
): Map<LineId, LineSettings> {
  const lines = Object.entries(tenant.lines).map(([name, line]): [LineId, LineSettings] => [
    as(name),
    {
      id: as(name),
      channel: line.channel,
      displayName: line.name ?? tenant.name,
      queue: as(line.queue ?? ''),
      ...(line.service === undefined ? {} : { service: as(line.service) }),
      onUnclear: line.onUnclear,
      sendLimits: withoutAbsent(line.sendLimits),
      parameters: parameters.get(`${id}/${name}`) ?? {},
    },
  ]);
  return new Map(lines);
}

/** What customers of a shared line are asked. */
export function toFrontTexts(
  line:
    | {
        readonly texts?: FrontTexts | undefined;
        readonly textsIn?: Config['sharedLines'][string]['textsIn'] | FrontTextsIn | undefined;
      }
    | undefined,
): Required<Pick<LineSettings, 'frontTexts' | 'frontTextsIn'>> {
  const textsIn = Object.entries(line?.textsIn ?? {});
  return {
    frontTexts: line?.texts ?? usualFrontTexts,
    frontTextsIn: Object.fromEntries(textsIn.map(([language, texts]) => [language, withoutAbsent(texts)])),
  };
}

function toIdentifier(given: DeclaredTenant['identifiers'][number]): string | GivenIdentifier {
  if (typeof given === 'string') return given;
  const { identifier, kind, service } = given;
  return {
    identifier,
    ...(kind === undefined ? {} : { kind }),
    ...(service === undefined ? {} : { service: as<ServiceId>(service) }),
  };
}

const dayMs = 86_400_000;

export function toRetention(all: Config['retention'], own: DeclaredTenant['retention']): TenantRetention {
  const messageDays = own.messageDays ?? all.messageDays;
  return {
    ledgerMs: (own.ledgerDays ?? all.ledgerDays) * dayMs,
    ...(messageDays === undefined ? {} : { messagesMs: messageDays * dayMs }),
  };
}

type Present<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

export function withoutAbsent<T extends object>(values: T): Present<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Present<T>;
}
