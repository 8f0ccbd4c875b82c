import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { vi } from 'vitest';
import {
  as,
  type AgentId,
  type ConversationId,
  type LineId,
  type MatrixEventId,
  type MatrixRoomId,
  type MatrixUserId,
  type QueueId,
  type ServiceId,
  type TenantId,
} from '../../src/platform/ids.ts';
import { silentLogger } from '../../src/platform/log.ts';
import { rules as ruleSchema } from '../../src/config/rules-schema.ts';
import { declaredRules } from '../../src/config/to-rules.ts';
import type { Address, ChannelEvent } from '../../src/channels/channel.ts';
import { createDelivery } from '../../src/delivery/delivery-engine.ts';
import { DeliveryFailure, type DeliveryRecord, type Taken } from '../../src/delivery/delivery.ts';
import { linkMessage, roomLeg } from '../../src/delivery/message-links.ts';
import { conversationOf } from '../../src/directory/contact.ts';
import { originsOf, type Application } from '../../src/directory/application.ts';
import { createDeclaredDirectory, type Directory } from '../../src/directory/directory.ts';
import type { RoutingPolicy, SkillLevels } from '../../src/directory/routing-policy.ts';
import type { ServiceSettings } from '../../src/directory/service-settings.ts';
import type { ApplicationRequest, LookUp } from '../../src/services/instruction.ts';
import type { ApplicationAnswer, LookUpAnswer } from '../../src/services/programme/happenings.ts';
import type {
  Agent,
  AvailabilityRules,
  Queue,
  SendLimits,
  Tenant,
  LineSettings,
} from '../../src/directory/tenant.ts';
import { MediaError } from '../../src/media/media-error.ts';
import { fromRoomEvent } from '../../src/matrix/events/from-room-event.ts';
import type { RawRoomEvent } from '../../src/matrix/room-input.ts';
import type { RoomOperation } from '../../src/matrix/room-operation.ts';
import type { Medium } from '../../src/message/medium.ts';
import type { Message } from '../../src/message/message.ts';
import { queueEntries } from '../../src/queues/queue-entry.ts';
import { createAskChooser } from '../../src/sessions/choosers/ask-chooser.ts';
import { deskOf } from '../../src/sessions/desk/desk.ts';
import { createDecideEntry, deliveryEvent } from '../../src/sessions/decide-entry.ts';
import type { ConversationEvent, ConversationOperation } from '../../src/sessions/conversation-event.ts';
import { createHandOver } from '../../src/sessions/front/hand-over.ts';
import { hookRetryRules, type createHookTransport } from '../../src/sessions/events/hook-transport.ts';
import { createQuarantineNotice } from '../../src/sessions/quarantine-notice.ts';
import { retentionOf } from '../../src/sessions/ledger/retention-of.ts';
import {
  createLineLookUp,
  createLineTransport,
  type LineTransportOptions,
} from '../../src/sessions/line-transport.ts';
import { openShifts } from '../../src/sessions/shifts/open-shifts.ts';
import { createResendPolicy } from '../../src/sessions/resend-policy.ts';
import { createApplicationCaller } from '../../src/sessions/applications/application-caller.ts';
import { createAskOverHttp } from '../../src/sessions/applications/ask-over-http.ts';
import { outboxGroup } from '../../src/sessions/service-calls/outbox-group.ts';
import { createGuardedFetch } from '../../src/media/guarded-fetch.ts';
import { createServiceTransport } from '../../src/sessions/service-calls/service-transport.ts';
import { createSendCounters } from '../../src/sessions/sending/send-counters.ts';
import { openNedbStore } from '../../src/store/nedb/open-nedb-store.ts';
import type { Store } from '../../src/store/store.ts';
import { manualClock } from '../fixtures/manual-clock.ts';
import { stands } from './passing-time.ts';

export const acme = as<TenantId>('acme');
/** Another tenant, with agents of its own (bob). */
export const bolt = as<TenantId>('bolt');
const line = as<LineId>('front');
export const phoneLine = as<LineId>('phone');
const room = as<MatrixRoomId>('!room:example.org');
export const users = {
  anna: as<MatrixUserId>('@anna:example.org'),
  ben: as<MatrixUserId>('@ben:example.org'),
  eve: as<MatrixUserId>('@eve:example.org'),
  bob: as<MatrixUserId>('@bob:example.org'),
};

const smsParameters = {
  accountSid: `AC${'0'.repeat(32)}`,
  authToken: 'a token of the test',
  from: '+15551110000',
};

export interface WorldOptions {
  readonly capacity?: number;
  readonly texts?: Tenant['texts'];
  readonly agents?: readonly ('anna' | 'ben')[];
  readonly supervisors?: readonly string[];
  readonly lines?: readonly LineId[];
  /** Default: loopback. */
  readonly network?: string;
  /** A line of a network that does not recognise a repetition (SMS), with this policy. Default: one that does. */
  readonly onUnclear?: 'ask' | 'resend';
  /** Default as in the config file. */
  readonly answersPerMinute?: number;
  readonly sendLimits?: SendLimits;
  readonly sendPerDay?: number;
  readonly skills?: Readonly<Record<string, SkillLevels>>;
  readonly policy?: Partial<RoutingPolicy>;
  readonly queue?: Partial<Queue>;
  readonly availability?: Partial<AvailabilityRules>;
  /** Sessions of who goes offline stay theirs. Default: as in the config file. */
  readonly reassign?: 'never';
  readonly services?: Readonly<Record<string, ServiceSettings>>;
  /** By normalised name that customers write to. */
  readonly serviceOf?: Readonly<Record<string, string>>;
  /** Programs that are asked over HTTP, at private addresses too. */
  readonly applications?: readonly Application[];
  /** The service of the line. */
  readonly service?: string;
  /** What servers that a service asks answer. */
  readonly served?: {
    readonly lookUp?: (wanted: LookUp) => LookUpAnswer;
    readonly application?: (request: ApplicationRequest) => ApplicationAnswer;
  };
  /** Beside `support`, each as it is but for this. */
  readonly moreQueues?: Readonly<Record<string, Partial<Queue> & { readonly members?: readonly string[] }>>;
  readonly calendars?: Tenant['calendars'];
  readonly serviceLevels?: Tenant['serviceLevels'];
  /** As the config file has them. */
  readonly rules?: readonly object[];
  readonly schedules?: Readonly<Partial<Record<'anna' | 'ben', NonNullable<Agent['schedule']>>>>;
  readonly teams?: Readonly<Partial<Record<'anna' | 'ben', readonly string[]>>>;
  /** That they handle. Default: all. */
  readonly media?: Readonly<Partial<Record<'anna' | 'ben', readonly Medium[]>>>;
  readonly networks?: Readonly<Partial<Record<'anna' | 'ben', readonly string[]>>>;
  /** What applications answer to a question that was put to them: JSON, or it fails. */
  readonly application?: (
    url: string,
    question: Record<string, unknown>,
    headers: Readonly<Record<string, string>>,
  ) => Promise<string>;
  /** What the directory has, made of the usual two. */
  readonly tenants?: (usual: readonly Tenant[]) => readonly Tenant[];
  /** Others than in {@link users}. */
  readonly accounts?: Readonly<Partial<Record<'anna' | 'ben', MatrixUserId>>>;
  /** Closed with the world. Default: an embedded one of its own. */
  readonly store?: Store;
  /** Further accounts. */
  readonly endpoints?: Readonly<Partial<Record<'anna' | 'ben', readonly MatrixUserId[]>>>;
  /** Addresses of agents outside Matrix, on the line `phone`, which the tenant has with them. */
  readonly phones?: Readonly<Partial<Record<'anna' | 'ben', readonly string[]>>>;
  /** Of that line. Default: SMS. */
  readonly phoneNetwork?: 'sms' | 'loopback';
  /** Whether what happens is put into the log of events. Default: no. */
  readonly recordsEvents?: boolean;
}

export function tenantOf({
  capacity = 2,
  texts = {},
  agents = ['anna', 'ben'],
  supervisors = [],
  lines = [line],
  network = 'loopback',
  onUnclear,
  answersPerMinute = 20,
  sendLimits,
  sendPerDay,
  skills = {},
  policy = {},
  queue: queueSettings = {},
  availability = {},
  reassign,
  accounts = {},
  endpoints = {},
  services = {},
  applications = [],
  service,
  serviceOf = {},
  moreQueues = {},
  calendars,
  serviceLevels,
  rules,
  schedules = {},
  teams = {},
  media = {},
  networks = {},
  phones,
  phoneNetwork = 'sms',
}: WorldOptions): Tenant {
  const agent = (name: 'anna' | 'ben', shown: string) =>
    [
      as<AgentId>(name),
      {
        id: as<AgentId>(name),
        user: accounts[name] ?? users[name],
        ...(endpoints[name] === undefined ? {} : { endpoints: endpoints[name] }),
        ...(phones?.[name] === undefined
          ? {}
          : { addresses: phones[name].map((address) => ({ line: phoneLine, address })) }),
        name: shown,
        capacity,
        supervisor: supervisors.includes(name),
        skills: skills[name] ?? {},
        ...(teams[name] === undefined ? {} : { teams: teams[name] }),
        ...(media[name] === undefined ? {} : { media: media[name] }),
        ...(networks[name] === undefined ? {} : { networks: networks[name] }),
        ...(schedules[name] === undefined ? {} : { schedule: schedules[name] }),
      },
    ] as const;
  const queue = {
    id: as<QueueId>('support'),
    name: 'Support',
    policy: {
      members: agents.map((name) => as<AgentId>(name)),
      evaluation: 'ALL' as const,
      order: 'longest-idle' as const,
      required: {},
      preferred: {},
      rings: [],
      manual: false,
      lastAgentMs: 0,
      retryMs: 30_000,
      ...policy,
    },
    offerMs: 60_000,
    promisedMs: 300_000,
    priority: 0,
    weight: 1,
    wrapUpMs: 0,
    ...queueSettings,
  };
  const front = {
    id: line,
    displayName: 'Acme',
    queue: queue.id,
    onUnclear: onUnclear ?? ('ask' as const),
    ...(service === undefined ? {} : { service: as<ServiceId>(service) }),
    ...(sendLimits === undefined ? {} : { sendLimits }),
    ...(onUnclear === undefined
      ? { channel: network, parameters: { secret: 'a secret of the test' } }
      : { channel: 'sms', parameters: smsParameters }),
  };
  return {
    id: acme,
    name: 'Acme',
    homeserver: as('main'),
    identifiers: [],
    agents: new Map(
      [agent('anna', 'Anna'), agent('ben', 'Ben')].filter(([id]) => agents.some((name) => name === id)),
    ),
    queues: new Map<QueueId, Queue>([
      [queue.id, queue],
      ...Object.entries(moreQueues).map(([name, { members, ...more }]): [QueueId, Queue] => [
        as(name),
        {
          ...queue,
          id: as(name),
          name,
          policy:
            members === undefined ? queue.policy : { ...queue.policy, members: members.map((id) => as(id)) },
          ...more,
        },
      ]),
    ]),
    lines: new Map<LineId, LineSettings>([
      ...lines.map((id) => [id, front] as const),
      ...(phones === undefined
        ? []
        : [
            [
              phoneLine,
              {
                ...front,
                id: phoneLine,
                channel: phoneNetwork,
                parameters: phoneNetwork === 'sms' ? smsParameters : { secret: 'a secret of the test' },
              },
            ] as const,
          ]),
    ]),
    serviceOf: new Map(Object.entries(serviceOf).map(([name, id]) => [name, as<ServiceId>(id)])),
    applications: new Map(
      applications.map((application) => [application.id, { ofFile: true, ...application }]),
    ),
    services: new Map(Object.entries(services).map(([id, settings]) => [as<ServiceId>(id), settings])),
    texts,
    nameTemplate: '{name}',
    federate: false,
    relayMaxAgeMs: 3_600_000,
    answersPerMinute,
    retention: { ledgerMs: 30 * 86_400_000 },
    ...(sendPerDay === undefined ? {} : { sendPerDay }),
    availability: {
      initial: 'available',
      offersAtDesk: false,
      awayAfterMissed: 0,
      // As the config file has it.
      ...(reassign === 'never' ? {} : { reassignAfterMs: 120_000 }),
      ...availability,
    },
    ...(calendars === undefined ? {} : { calendars }),
    ...(serviceLevels === undefined ? {} : { serviceLevels }),
    ...(rules === undefined ? {} : { rules: declaredRules(ruleSchema.parse(rules)) }),
  };
}

/** The same, of the other tenant. */
function boltOf(options: WorldOptions): Tenant {
  const tenant = tenantOf({ ...options, agents: ['anna'] });
  const bob = as<AgentId>('bob');
  const agents = [...tenant.agents.values()].map(
    (agent) => [bob, { ...agent, id: bob, user: users.bob, name: 'Bob' }] as const,
  );
  const id = as<QueueId>('bolt-support');
  const queues = [...tenant.queues.values()].map(
    (queue) =>
      [id, { ...queue, id, name: 'Bolt support', policy: { ...queue.policy, members: [bob] } }] as const,
  );
  const lines = [...tenant.lines].map(([name, settings]) => [name, { ...settings, queue: id }] as const);
  const { rules: _, ...rest } = tenant;
  return {
    ...rest,
    id: bolt,
    name: 'Bolt',
    agents: new Map(agents),
    queues: new Map(queues),
    lines: new Map(lines),
  };
}

function tenantsOf(options: WorldOptions): readonly Tenant[] {
  const usual = [tenantOf(options), boltOf(options)];
  return options.tenants?.(usual) ?? usual;
}

/** Directory, sessions, delivery and store as they are in the product; the room and the network write down what they are given. */
export async function openWorld(options: WorldOptions = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'switchboard-sessions-'));
  const clock = manualClock();
  const store: Store =
    options.store ?? (await openNedbStore({ directory, fsync: false, clock, logger: silentLogger }));
  const roomLog: { conversation: ConversationId; operation: RoomOperation; eventId: string }[] = [];
  const customerLog: { to: Address; message: Message; by: string }[] = [];
  const sessionLog: string[] = [];
  /** The next sends fail with these, in order. */
  const networkFailures: { failure: DeliveryFailure; meanwhile: (() => void) | undefined }[] = [];
  /** Of these, the network would find the message if it were asked. */
  const foundByNetwork: string[] = [];
  const network: { lastDelivery: string; lookedUp: number } = { lastDelivery: '', lookedUp: 0 };
  /** The next messages cannot be shown in the room, for these reasons. */
  const roomRefusals: string[] = [];
  /** The homeserver has no such accounts. */
  const unknownUsers: string[] = [];
  let counter = 0;
  let declared = createDeclaredDirectory(tenantsOf(options));
  let isHomeserverUp = true;
  let toHook: ReturnType<typeof createHookTransport> = async () => ({});

  const takeRoom = (delivery: DeliveryRecord<ConversationOperation>, operation: RoomOperation): Taken => {
    if (!isHomeserverUp) throw new DeliveryFailure({ kind: 'retry', certain: true, reason: 'down' });
    const refusal = operation.kind === 'message' ? roomRefusals.shift() : undefined;
    if (refusal !== undefined)
      throw new DeliveryFailure({ kind: 'permanent', certain: true, reason: refusal });
    if (operation.kind === 'invite' && unknownUsers.includes(operation.user))
      throw new DeliveryFailure({ kind: 'permanent', certain: true, reason: 'there is no such user' });
    const nativeId = operation.kind === 'message' ? `$${operation.messageId}` : `$${delivery.id}`;
    roomLog.push({ conversation: delivery.conversation, operation, eventId: nativeId });
    if (operation.kind === 'notice') return { nativeId };
    if (operation.kind !== 'message') return {};
    return {
      nativeId,
      writes: [linkMessage(roomLeg(delivery.conversation), nativeId, operation.messageId, clock.now())],
    };
  };
  const record = async (
    to: Address,
    outgoing: { message: Message; deliveryId: string; sender?: { name: string } },
  ) => {
    network.lastDelivery = outgoing.deliveryId;
    const next = networkFailures.shift();
    next?.meanwhile?.();
    if (next !== undefined) throw next.failure;
    customerLog.push({ to, message: outgoing.message, by: outgoing.sender?.name ?? '' });
    return { id: as<never>(`n-${outgoing.deliveryId}`) };
  };
  const lineParts: LineTransportOptions = {
    store,
    now: () => clock.now(),
    connection: () => ({
      send: record,
      async findSent(_to, { deliveryId }) {
        network.lookedUp += 1;
        return foundByNetwork.includes(deliveryId) ? { id: as<never>(`n-${deliveryId}`) } : undefined;
      },
      edit: record,
      retract: record,
      react: record,
      sessionChanged: (_to, change) => sessionLog.push(change.state),
      close: async () => undefined,
    }),
  };
  const counted: string[] = [];
  const lineLookUp = createLineLookUp({ ...lineParts, logger: silentLogger });
  const directoryNow: Directory = {
    tenants: () => declared.tenants(),
    tenant: (id) => declared.tenant(id),
    resolve: (identifier) => declared.resolve(identifier),
  };
  const lineTransport = createLineTransport({
    ...lineParts,
    counters: createSendCounters({
      store,
      directory: directoryNow,
      clock,
      onBeyond: (_tenant, _line, limit) => counted.push(`beyond ${limit}`),
      onSegments: (_tenant, _line, segments) => counted.push(`${String(segments)} segments`),
    }),
  });
  const served = options.served ?? {};
  const fetch = createGuardedFetch({ logger: silentLogger });
  const askOverHttp = createAskOverHttp({
    directory: directoryNow,
    call: async (tenant, call) =>
      createApplicationCaller({
        fetch,
        now: () => clock.now(),
        trustedOrigins: [...(tenant.applications?.values() ?? [])].flatMap(originsOf),
      })(tenant, call),
  });
  const serviceTransport = createServiceTransport({
    accept: async (...entries) => delivery.accept(...entries),
    lookUp: async (wanted) => served.lookUp?.(wanted) ?? { failure: 'nobody answers' },
    askApplication: async (tenant, operation, one) =>
      served.application?.(operation.request) ?? askOverHttp(tenant, operation, one),
  });
  const failedRules: string[] = [];
  const promisesEnded: string[] = [];
  const askChooser = createAskChooser({
    directory: directoryNow,
    trustedOrigins: [],
    now: () => clock.now(),
    fetch: async (url, { body = '', headers = {} } = {}) => {
      if (options.application === undefined) throw new MediaError('unreachable', 'no application');
      const question = JSON.parse(body as string) as Record<string, unknown>;
      const answer = await options.application(url, question, headers);
      return { stream: Readable.from([answer]), mimeType: 'application/json' };
    },
  });
  const handOver = createHandOver({
    directory: directoryNow,
    accept: async (...entries) => delivery.accept(...entries),
  });
  const delivery = createDelivery<ConversationEvent, ConversationOperation>({
    quarantineNotice: createQuarantineNotice({ store, directory: directoryNow }),
    store,
    clock,
    logger: silentLogger,
    decide: createDecideEntry({
      store,
      directory: directoryNow,
      signedLink: () => 'https://files.example/x',
      now: () => clock.now(),
      recordsEvents: () => options.recordsEvents ?? false,
      fromRoomEvent: (_tenant, event) =>
        fromRoomEvent(event, { homeserver: as('main'), isOurs: (user) => user.startsWith('@_sb_') }),
      ruleFailed: (_tenant, { rule, reason }) => failedRules.push(`${rule}: ${reason}`),
      promiseEnded: (tenant, { queue, promise, outcome }) =>
        promisesEnded.push(`${tenant} ${queue} ${promise} ${outcome}`),
    }),
    transport: async (tenant, record, { mayGoOut }) => {
      const { operation } = record;
      if (operation.on === 'hook') return toHook(tenant, operation.operation, mayGoOut);
      if (operation.on === 'service')
        return serviceTransport(tenant, { ...record, operation }, operation.operation);
      if (operation.on === 'chooser') return askChooser(tenant, operation.operation);
      if (operation.on === 'tenant') return handOver(operation.operation);
      return operation.on === 'room'
        ? takeRoom(record, operation.operation)
        : lineTransport(tenant, { ...record, operation }, operation.operation, mayGoOut);
    },
    retryRulesOf: ({ operation }) => (operation.on === 'hook' ? hookRetryRules : undefined),
    resendPolicy: createResendPolicy(directoryNow),
    outboxGroup,
    retention: (tenant) => retentionOf(declared.tenant(tenant)?.retention ?? { ledgerMs: 0 }),
    lookUp: async (tenant, { operation, ...rest }) =>
      operation.on === 'line' ? lineLookUp(tenant, { ...rest, operation }, operation.operation) : undefined,
    resultEvent: deliveryEvent,
    delayEvent: deliveryEvent,
  });
  await delivery.start();

  const customer = (name = 'cora', via?: string, tenant = acme, on = line) => {
    const from: Address = { id: as(name), ...(via === undefined ? {} : { via }) };
    const conversation = conversationOf(tenant, on, from);
    const hand = async (event: ChannelEvent): Promise<void> => {
      const id = as<never>(`ch:${on}:${event.kind}:${event.id}`);
      await delivery.accept(tenant, [{ id, key: conversation, event: { type: 'channel', line: on, event } }]);
    };
    const nextId = (): never => as<never>(`c${String((counter += 1))}`);
    const writes = async (text: string, more: Partial<Message> = {}) => {
      const id = nextId();
      const message: Message = { content: { kind: 'text', text }, ...more };
      await hand({ kind: 'message', id, from, at: clock.now(), message });
      return id;
    };
    return {
      conversation,
      hand,
      /** It is accepted, and something may come of it. */
      writes,
      async says(...words: Parameters<typeof writes>) {
        const id = await writes(...words);
        await delivery.idle();
        return id;
      },
      async does(message: Message) {
        const id = nextId();
        await hand({ kind: 'message', id, from, at: clock.now(), message });
        await delivery.idle();
        return id;
      },
      async tells(event: object) {
        await hand({ id: nextId(), from, at: clock.now(), ...event } as unknown as ChannelEvent);
        await delivery.idle();
      },
      /** What came, as a play would have it. */
      saw: () =>
        customerLog
          .filter(({ to }) => to.id === name && to.via === via)
          .map(({ message, by }) => `${by}: ${spoken(message)}`),
    };
  };

  const agent = (user: MatrixUserId, at: ConversationId, tenant = acme) => {
    const hand = async (event: Partial<RawRoomEvent>): Promise<MatrixEventId> => {
      const event_id = as<MatrixEventId>(`$e${String((counter += 1))}`);
      const raw: RawRoomEvent = {
        event_id,
        room_id: room,
        sender: user,
        type: 'm.room.message',
        origin_server_ts: clock.now(),
        content: {},
        ...event,
      };
      await delivery.accept(tenant, [
        { id: as<never>(`mx:main:${event_id}`), key: at, event: { type: 'room', event: raw } },
      ]);
      await delivery.idle();
      return event_id;
    };
    const member = async (membership: string, before: string) =>
      hand({
        type: 'm.room.member',
        state_key: user,
        content: { membership },
        unsigned: { prev_content: { membership: before } },
      });
    return {
      hand,
      joins: async () => member('join', 'invite'),
      declines: async () => member('leave', 'invite'),
      leaves: async () => member('leave', 'join'),
      says: async (body: string, more: object = {}) =>
        hand({ content: { msgtype: 'm.text', body, ...more } }),
      inThread: async (root: string, body: string) =>
        hand({
          content: {
            msgtype: 'm.text',
            body,
            'm.relates_to': {
              rel_type: 'm.thread',
              event_id: root,
              is_falling_back: true,
              'm.in_reply_to': { event_id: root },
            },
          },
        }),
      replies: async (to: string, body: string) =>
        hand({ content: { msgtype: 'm.text', body, 'm.relates_to': { 'm.in_reply_to': { event_id: to } } } }),
      edits: async (target: string, body: string) =>
        hand({
          content: {
            msgtype: 'm.text',
            body: `* ${body}`,
            'm.new_content': { msgtype: 'm.text', body },
            'm.relates_to': { rel_type: 'm.replace', event_id: target },
          },
        }),
      reacts: async (target: string, key: string) =>
        hand({
          type: 'm.reaction',
          content: { 'm.relates_to': { rel_type: 'm.annotation', event_id: target, key } },
        }),
      redacts: async (target: string) =>
        hand({ type: 'm.room.redaction', content: { redacts: target }, redacts: target }),
    };
  };

  return {
    clock,
    store,
    delivery,
    directory: directoryNow,
    customer,
    /** Somebody who writes to the line `phone`. */
    phone: (address: string, via?: string) => customer(address, via, acme, phoneLine),
    anna: (at: ConversationId) => agent(users.anna, at),
    ben: (at: ConversationId) => agent(users.ben, at),
    eve: (at: ConversationId) => agent(users.eve, at),
    /** Bolt's agent, in a room of his tenant's or of another. */
    bob: (at: ConversationId, tenant = bolt) => agent(users.bob, at, tenant),
    /** An agent's own room with the bot; `as` whoever writes there. */
    desk: (of: 'anna' | 'ben', by: keyof typeof users = of) => agent(users[by], deskOf(as(of))),
    networkFails(kind: DeliveryFailure['kind'], reason: string, certain = true, meanwhile?: () => void) {
      networkFailures.push({ failure: new DeliveryFailure({ kind, certain, reason }), meanwhile });
    },
    network,
    /** The network has what was sent to it last, though it never said so. */
    networkHas() {
      foundByNetwork.push(network.lastDelivery);
    },
    roomRefuses(reason: string) {
      roomRefusals.push(reason);
    },
    cannotInvite(...accounts: readonly MatrixUserId[]) {
      unknownUsers.push(...accounts);
    },
    /** What happened in the room, as a play would have it. */
    room: (at?: ConversationId) =>
      roomLog
        .filter(({ conversation }) => at === undefined || conversation === at)
        .map(({ operation }) => shown(operation)),
    /** What invitations said. */
    reasons: () =>
      roomLog.flatMap(({ operation }) => (operation.kind === 'invite' ? [operation.reason ?? ''] : [])),
    /** The event of the last line of `room()` that begins so. */
    eventOf(line: string): string {
      const found = roomLog.findLast(({ operation }) => shown(operation).startsWith(line));
      if (found === undefined) throw new Error(`the room shows no ${line}`);
      return found.eventId;
    },
    sessionLog,
    /** Whether anybody who waits was looked at and told how long. */
    hasEstimate: async () =>
      (await store.find(acme, queueEntries, { index: 'byState', equals: ['waiting'] })).some(
        ({ value }) => value.estimate !== undefined,
      ),
    /** What the metrics were told of limits and segments. */
    counted,
    /** What log and metrics were told of rules. */
    failedRules,
    /** What the metrics were told of promises to customers. */
    promisesEnded,
    /** As at a start. */
    async beginShifts() {
      await openShifts({ directory: directoryNow, accept: delivery.accept });
      await delivery.idle();
    },
    /** The operator changed the configuration and started anew. */
    reconfigure(changed: WorldOptions) {
      declared = createDeclaredDirectory(tenantsOf(changed));
    },
    hooksGoBy(transport: typeof toHook) {
      toHook = transport;
    },
    homeserver(state: 'up' | 'down') {
      isHomeserverUp = state === 'up';
    },
    /** Lets time pass until something has come of it: timers hand their entries in by themselves. */
    async pass(ms: number, until: () => void) {
      clock.advance(ms);
      await stands({ clock, store, delivery });
      await vi.waitFor(until);
      await delivery.idle();
    },
    async close() {
      await delivery.stop(1000);
      await store.close();
      await fetch.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

export type World = Awaited<ReturnType<typeof openWorld>>;

function spoken({ content, edits, retracts, reactsTo, replyTo }: Message): string {
  const text = content?.kind === 'text' ? content.text : (content?.kind ?? '');
  if (retracts !== undefined) return '(takes back)';
  if (reactsTo !== undefined) return `(${reactsTo.removed === true ? 'takes back ' : ''}${reactsTo.emoji})`;
  if (edits !== undefined) return `(corrects) ${text}`;
  return replyTo === undefined ? text : `(replies) ${text}`;
}

function shown(operation: RoomOperation): string {
  switch (operation.kind) {
    case 'message': {
      const by = typeof operation.as === 'string' ? operation.as : operation.as.name;
      return `${by}: ${spoken(operation.message)}`;
    }
    case 'notice':
      return `notice: ${operation.text}`;
    case 'invite':
      return `invite ${operation.user}`;
    case 'remove':
      return `remove ${operation.user}`;
    case 'ghost':
      return `${operation.ghost.name} ${operation.isIn ? 'joins' : 'leaves'}`;
    case 'receipt':
      return `${operation.as} receipt`;
    case 'refresh':
    case 'follow':
      return operation.kind;
  }
}
