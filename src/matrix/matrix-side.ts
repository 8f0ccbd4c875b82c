import type { ConversationId, HomeserverId, MatrixEventId, MatrixUserId, TenantId } from '../platform/ids.ts';
import type { DeliveryRecord, Taken } from '../delivery/delivery.ts';
import type { DeviceOutcome } from './ghosts/make-device.ts';
import type { RoomDescription, RoomOperation } from './room-operation.ts';
import type { RawRoomEvent } from './room-input.ts';

/** One homeserver, as the config file declares it and its registration file names it. */
export interface HomeserverSettings {
  readonly id: HomeserverId;
  /** Client-server API base URL, without a slash at the end. */
  readonly url: string;
  /** The server name: what stands behind the colon of user ids. */
  readonly domain: string;
  readonly registration: {
    readonly id: string;
    readonly asToken: string;
    readonly hsToken: string;
    readonly senderLocalpart: string;
    /** Taken as well, while tokens are being changed. */
    readonly secondaryHsToken?: string;
    /** Prefix of all our users' and aliases' localparts, e.g. `_switchboard_`. */
    readonly prefix: string;
    /** Where the homeserver reaches us, as we have told it; absent where it is to send nothing. */
    readonly url?: string;
  };
}

/** What the Matrix side tells the rest and asks of it. */
export interface MatrixHooks {
  /** Durable when it resolves; only then is the transaction acknowledged. Repeated event ids are dropped inside. Our own users' events do not come. */
  accept(
    events: readonly { tenant: TenantId; conversation: ConversationId; event: RawRoomEvent }[],
  ): Promise<void>;
  /** Ephemeral: an agent began or stopped typing. */
  typing(tenant: TenantId, conversation: ConversationId, user: MatrixUserId, active: boolean): void;
  /** Ephemeral: an agent read up to an event. */
  read(tenant: TenantId, conversation: ConversationId, user: MatrixUserId, upTo: MatrixEventId): void;
  describe(tenant: TenantId, conversation: ConversationId): Promise<RoomDescription>;
}

export interface ProbeOptions {
  /** Sends a dozen events into a room of our own to see whether they are limited. For `--check`, not for every start. */
  readonly measureRateLimit?: boolean;
  /** Told whether the homeserver has devices for us. */
  readonly onDevices?: (outcome: DeviceOutcome) => Promise<void>;
}

export interface ProbeFinding {
  readonly check: string;
  readonly ok: boolean;
  /** What is wrong and the cure, in one sentence; or what was found. */
  readonly detail: string;
}

/** The Matrix side towards one homeserver. */
export interface MatrixSide {
  /** Checks tokens, namespaces, rate limit exemption, devices and that the homeserver reaches us; asks it to retry its backlog at once. */
  probe(): Promise<ProbeFinding[]>;
  /** The transport of `room:` keys. Idempotent by delivery id, if told whether an earlier attempt may have gone out. */
  deliver(
    tenant: TenantId,
    delivery: DeliveryRecord<RoomOperation>,
    attempt: { readonly unclearBefore: boolean },
  ): Promise<Taken>;
  /** Best effort: the contact's ghost types in the room. */
  typing(tenant: TenantId, conversation: ConversationId, active: boolean): void;
  /** The newest message of the contact at or before an event of its room: what somebody has seen who read up to there. */
  lastOfContact(
    tenant: TenantId,
    conversation: ConversationId,
    upTo: MatrixEventId,
  ): Promise<MatrixEventId | undefined>;
  close(): Promise<void>;
}
