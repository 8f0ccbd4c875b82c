import type {
  AgentId,
  HomeserverId,
  LineId,
  MatrixUserId,
  QueueId,
  ServiceId,
  TenantId,
} from '../platform/ids.ts';
import type { ResendPolicy } from '../delivery/delivery.ts';
import type { Application } from './application.ts';
import type { Calendar } from './calendar.ts';
import type { FrontTexts, FrontTextsIn } from './front-texts.ts';
import type { Medium } from '../message/medium.ts';
import type { IdentifierKind } from './identifiers/identifier.ts';
import type { RoutingPolicy, SkillLevels } from './routing-policy.ts';
import type { ServiceSettings } from './service-settings.ts';
import type { RuleSet } from './routing-rules.ts';
import type { ServiceLevels } from './service-levels.ts';

/** An enterprise that is served, with everything that the operator declared for it. Data; never holds another tenant's. */
export interface Tenant {
  readonly id: TenantId;
  readonly name: string;
  readonly homeserver: HomeserverId;
  /** A plain text: of the tenant itself, its kind read from its shape. */
  readonly identifiers: readonly (string | GivenIdentifier)[];
  readonly agents: ReadonlyMap<AgentId, Agent>;
  readonly queues: ReadonlyMap<QueueId, Queue>;
  readonly lines: ReadonlyMap<LineId, LineSettings>;
  /** Beyond `direct`, which everybody has; absent: none. */
  readonly services?: ReadonlyMap<ServiceId, ServiceSettings>;
  /** By key of an identifier (`kind:normal form`): the service of those who write to that name. */
  readonly serviceOf?: ReadonlyMap<string, ServiceId>;
  /** Absent: none. */
  readonly applications?: ReadonlyMap<string, Application>;
  /** Lines of the installation that the tenant shares with others, and the queue of its sessions there. */
  readonly sharedLines?: ReadonlyMap<LineId, SharedLineUse>;
  readonly texts: TenantTexts;
  /** By language (BCP 47, lower case), in place of {@link texts}. */
  readonly textsIn?: Readonly<Record<string, TenantTexts>>;
  /** How ghosts are named in rooms; `{name}` and `{network}` are filled in. */
  readonly nameTemplate: string;
  readonly federate: boolean;
  /** Agents' events older than this when they reach us are not relayed. */
  readonly relayMaxAgeMs: number;
  /** How often a minute the tenant answers the customer in one conversation before it is taken for a loop; 0: as often as it likes. */
  readonly answersPerMinute: number;
  readonly retention: TenantRetention;
  /** What may go out on all lines together in a day (UTC), in SMS segments or messages; absent: as much as there is. */
  readonly sendPerDay?: number;
  readonly availability: AvailabilityRules;
  /** As the config file declares them; absent: those saved by REST, if any. */
  readonly rules?: RuleSet;
  readonly calendars?: ReadonlyMap<string, Calendar>;
  /** Where the queue says nothing. */
  readonly serviceLevels?: ServiceLevels;
}

/** A name under which customers reach a tenant, or a service of it. */
export interface GivenIdentifier {
  readonly identifier: string;
  readonly kind?: IdentifierKind;
  readonly service?: ServiceId;
}

export interface SharedLineUse {
  readonly queue: QueueId;
}

/** When Switchboard itself changes what an agent said of their availability, or acts on it. */
export interface AvailabilityRules {
  /** Offers come as messages at the agent's desk instead of as invitations to the room. */
  readonly offersAtDesk: boolean;
  /** Of agents who never said anything. */
  readonly initial: 'available' | 'offline';
  /** So many offers missed in a row make an agent `away`; 0: never. */
  readonly awayAfterMissed: number;
  /** How long after an agent went offline their sessions go back to the queue; absent: they stay. */
  readonly reassignAfterMs?: number;
}

/** How long things of a tenant are kept, in milliseconds. */
export interface TenantRetention {
  /** What is known of a message's way. */
  readonly ledgerMs: number;
  /** What was said; absent: for ever. */
  readonly messagesMs?: number;
}

export interface Agent {
  readonly id: AgentId;
  readonly user: MatrixUserId;
  /** Further Matrix accounts of theirs: whatever one of them does, the agent does. */
  readonly endpoints?: readonly MatrixUserId[];
  /** Where they are reached outside Matrix: what they write there counts as theirs. */
  readonly addresses?: readonly AgentAddress[];
  /** As the customer may see it. */
  readonly name: string;
  /** Units of work at once, open offers included; an ordinary session takes one. */
  readonly capacity: number;
  readonly supervisor: boolean;
  /** Languages are skills, too. */
  readonly skills: SkillLevels;
  /** Networks that the agent handles; absent: all. */
  readonly networks?: readonly string[];
  /** Media that the agent handles; absent: all. */
  readonly media?: readonly Medium[];
  readonly teams?: readonly string[];
  /** The calendar that makes the agent available when it opens, and offline when it closes. */
  readonly schedule?: string | Calendar;
}

/** An endpoint of an agent on one of the tenant's own lines. */
export interface AgentAddress {
  readonly line: LineId;
  /** The network's name of the person, as it was declared. */
  readonly address: string;
}

export interface Queue {
  readonly id: QueueId;
  readonly name: string;
  readonly policy: RoutingPolicy;
  /** How long an offer stands. */
  readonly offerMs: number;
  /** Until when an answer is promised, from the first word on; sessions whose promise ends first go first. */
  readonly promisedMs: number;
  /** Of its sessions, where nothing else says; each point is worth a minute of waiting. */
  readonly priority: number;
  /** How many may wait; absent: {@link usualMaxSize}. Only an application that asks for it keeps anybody out. */
  readonly maxSize?: number;
  /** Units of an agent's capacity that a session takes. */
  readonly weight: number;
  /** After-session work: how long the agent's capacity stays taken. 0: none. */
  readonly wrapUpMs: number;
  /** Out of its hours nobody is asked. Absent: always open. */
  readonly calendar?: string;
  readonly serviceLevels?: ServiceLevels;
  /** Integrators are told when they are crossed. Absent: none. */
  readonly thresholds?: QueueThresholds;
}

/** How many may wait, and for how long, before somebody is to know. */
export interface QueueThresholds {
  /** Sessions that wait, those included that are offered to an agent. */
  readonly size?: Threshold;
  /** The longest wait, counted over all queues that the customer was in. */
  readonly longestWaitMs?: Threshold;
}

export interface Threshold {
  /** Crossed as soon as it is so much. */
  readonly at: number;
  /** Over as soon as it is so little again; less than `at`, so that it does not flap. */
  readonly backAt: number;
}

/** As with Twilio. */
export const usualMaxSize = 1000;

export interface LineSettings {
  readonly id: LineId;
  readonly channel: string;
  readonly displayName: string;
  readonly queue: QueueId;
  /** How its sessions begin; absent: straight to the queue. */
  readonly service?: ServiceId;
  /** For networks whose capability `resend` is `unclear`. */
  readonly onUnclear: Exclude<ResendPolicy, 'safe'>;
  /** Over what the network is limited to by itself. */
  readonly sendLimits?: SendLimits;
  /** The tenant shares it with others: its connection is the installation's. */
  readonly isShared?: true;
  /** Of a line that tenants share. */
  readonly frontTexts?: FrontTexts;
  /** Likewise, in place of {@link frontTexts}. */
  readonly frontTextsIn?: FrontTextsIn;
  /** Checked by the channel's own schema. */
  readonly parameters: object;
  /** Those before the last change, as long as what was signed with their secrets is to be taken. */
  readonly previous?: { readonly parameters: object; readonly until: number };
}

/** What may go out on a line, in SMS segments where the network charges by them, else in messages. `off` or absent: no limit. */
export interface SendLimits {
  readonly perAddressPerMinute?: number | 'off';
  readonly perAddressPerDay?: number | 'off';
  /** To all addresses together. */
  readonly perDay?: number | 'off';
}

/** What the customer is told, and the answers of agents outside Matrix. An absent text is not said. `{tenant}`, `{agent}` and `{opensAt}` are filled in. */
export interface TenantTexts {
  readonly greeting?: string;
  readonly allBusy?: string;
  readonly agentJoined?: string;
  readonly closed?: string;
  /** Once a session, when it waits out of hours. */
  readonly closedNow?: string;
  /** How an agent's answers to an offer are called on their telephone; absent: `Accept`, `Decline`. */
  readonly accept?: string;
  readonly decline?: string;
}
