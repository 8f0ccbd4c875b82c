import type { z } from 'zod';
import type { Clock } from '../platform/clock.ts';
import type { DeliveryId, LineId, NativeAddress, NativeMessageId, TenantId } from '../platform/ids.ts';
import type { Logger } from '../platform/log.ts';
import type { GuardedFetchOptions, OpenMedia } from '../media/open-media.ts';
import type { Capabilities } from '../message/capabilities.ts';
import type { MediaReference, Message } from '../message/message.ts';

export type { GuardedFetchOptions, OpenMedia };

/**
 * The contract between the core and a network. A module knows its network and nothing else: no session, no room, no tenant
 * but the line's own. Required: `open`, `send`, `close`. Everything else is an ability that a connection has or has not.
 */
export interface ChannelModule<Parameters extends object = object> {
  /** Lower-case name, the folder's name and the first part of webhook paths: `sms`, `xmpp`, `web`. */
  readonly channel: string;
  /** As people say it: `SMS`. */
  readonly title: string;
  /** Connection parameters of a line. Secrets are marked by `secret()` (secret.ts), so that they are never printed or returned. */
  readonly parameters: z.ZodType<Parameters>;
  /** Names of parameters that say to which server secrets go. Whoever changes one over REST must know the secrets. Default none. */
  readonly secretsGoTo?: readonly string[];
  capabilities(parameters: Parameters): Capabilities;
  /**
   * A person's address on the network as events have it in `from`, from how people write it; undefined for what is none. Default: as it is
   * written.
   */
  normaliseAddress?(written: string, parameters: Parameters): NativeAddress | undefined;
  /** Largest request body that `receive` wants to see; larger ones get 413 before they reach it. Default 4 MiB. */
  readonly maxBodyBytes?: number;
  /**
   * A line is a connection that only one process can have (a stream, a bind): a second one would push the first out. Of several replicas
   * one has the line open and the others wait. Default false.
   */
  readonly holdsConnection?: boolean;
  /** Must not throw because the network is down: connect in the background and report by `host.report`. */
  open(line: Line<Parameters>, host: ChannelHost): Promise<Connection>;
}

export interface Line<Parameters extends object = object> {
  readonly tenant: TenantId;
  readonly id: LineId;
  readonly channel: string;
  readonly parameters: Parameters;
  /**
   * The parameters before the last change. What others signed with their secrets (webhooks, tokens) is taken until then (milliseconds
   * since the epoch), so that both sides need not change at one moment; nothing is signed or asked for with them.
   */
  readonly previous?: { readonly parameters: Parameters; readonly until: number };
  /** How the customer sees the tenant, where the network has a place for it. */
  readonly displayName: string;
}

/**
 * Where a customer is reached: the customer's own address, and, where the network lets one line be addressed under several
 * names, the name (`via`) that the customer used. A leg is pinned to both.
 */
export interface Address {
  readonly id: NativeAddress;
  readonly via?: string;
}

/** What a module tells of the person behind an address. */
export interface ContactProfile {
  readonly name?: string;
  readonly avatar?: MediaReference;
  /** Phone number in E.164 where the address implies one. */
  readonly phone?: string;
  /** What else the person or the network told, unverified: `email`, `language` (BCP 47), `page` (where a web visitor began). */
  readonly details?: Readonly<Record<string, string>>;
  readonly app?: CustomerApp;
}

/** What the customer's app tells of itself, unverified. Absent: it does not say. */
export interface CustomerApp {
  /** Name and version, as it gives them: `Conversations 2.16`, a browser's user agent. */
  readonly client?: string;
  /** BCP 47. */
  readonly language?: string;
  /** In the network's own words: XMPP's features. */
  readonly abilities?: readonly string[];
}

/** Something that came from the network and must not be lost. `id` is unique on the line and the same when the network repeats the event. */
export type ChannelEvent =
  | {
      readonly kind: 'message';
      readonly id: NativeMessageId;
      readonly from: Address;
      /** The identifier under which the tenant was addressed, where the network says. */
      readonly to?: string;
      /** Milliseconds since the epoch, as the network says, else when it came. */
      readonly at: number;
      /** References inside carry native ids. */
      readonly message: Message;
      readonly profile?: ContactProfile;
    }
  | {
      readonly kind: 'receipt';
      readonly id: string;
      readonly from: Address;
      /** The native id that `send` gave. */
      readonly target: NativeMessageId;
      /** Our own reference, where the network gives it back: finds the message whose native id we never heard. */
      readonly delivery?: DeliveryId;
      /** `unclear`: the network will not tell any more; the agent is told so. */
      readonly status: 'sent' | 'delivered' | 'read' | 'failed' | 'unclear';
      /** `read`: all earlier messages too. */
      readonly andEarlier?: boolean;
      readonly reason?: string;
      readonly at: number;
    }
  | {
      readonly kind: 'consent';
      readonly id: string;
      readonly from: Address;
      /** `helpAsked`: the customer asked what this service is (HELP); kept, and changes nothing. */
      readonly consent: 'optedOut' | 'optedIn' | 'helpAsked';
      /** The customer's own word. */
      readonly keyword: string;
      readonly at: number;
    }
  | {
      readonly kind: 'profile';
      readonly id: string;
      readonly from: Address;
      readonly profile: ContactProfile;
      readonly at: number;
    }
  /** The customer ended the conversation on their side (closed the chat). */
  | { readonly kind: 'ended'; readonly id: string; readonly from: Address; readonly at: number };

/** Comes and goes; not stored. */
export interface TypingEvent {
  readonly from: Address;
  readonly active: boolean;
}

export type LineState =
  | { readonly state: 'connecting' }
  | { readonly state: 'connected' }
  | { readonly state: 'disconnected'; readonly reason: string; readonly retrying: boolean }
  | { readonly state: 'unauthorised'; readonly reason: string };

export interface ChannelHost {
  /** Durable when it resolves; only then may the module acknowledge to the network. Repeated ids are dropped inside. */
  accept(events: readonly ChannelEvent[]): Promise<void>;
  typing(event: TypingEvent): void;
  report(state: LineState): void;
  /** Whether the tenant of this line is known by a name (`to` of a message): for networks that must refuse unknown names at once. */
  knows(identifier: string): Promise<boolean>;
  /** Whether who writes from there is one of the tenant's agents: whatever name of ours they write to, they mean the line. */
  isAgent(address: NativeAddress): boolean;
  readonly media: MediaAccess;
  /** Durable space for files that the network hands us as bytes (uploads of web visitors), where no other server keeps them. */
  readonly files: LineFiles;
  /** A small durable key-value space of this line, for what the module must remember across restarts. */
  readonly records: LineRecords;
  /** This line's connections in other replicas. */
  readonly others: OtherConnections;
  /** Where the network reaches `receive`: `https://host/channels/<channel>/<tenant>/<line>`, without a slash at the end. */
  readonly publicUrl: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface MediaAccess {
  /** The bytes, wherever they are. Rejects with a {@link ChannelError} when they cannot be had. */
  open(reference: MediaReference): Promise<OpenMedia>;
  /** A link under our public URL that gives the bytes to whoever holds it, until it expires. */
  signedLink(reference: MediaReference, validForSeconds: number): string;
  /** The guarded client (design, 5.8) for URLs that somebody else chose. */
  fetch(url: string, options?: GuardedFetchOptions): Promise<OpenMedia>;
}

/** Files of this line. A reference is our own random name: URL-safe, at most 64 characters, no path. */
export interface LineFiles {
  /** Durable when it resolves. What the bytes are is found out from them; `mimeType` is only what the sender claims. */
  write(
    bytes: Uint8Array | AsyncIterable<Uint8Array>,
    about: { readonly mimeType: string; readonly fileName?: string; readonly maxBytes: number },
  ): Promise<{ readonly reference: string; readonly mimeType: string; readonly sizeBytes: number }>;
  /** `undefined` where there is no such file (any more). */
  open(reference: string): Promise<OpenMedia | undefined>;
  /** Does nothing where there is no such file. */
  remove(reference: string): Promise<void>;
}

/** Words to the same line's connections in other replicas. Best effort: some get lost. Where this process is alone, nobody hears them. */
export interface OtherConnections {
  /** At most 6,000 bytes. */
  tell(text: string): void;
  /** Not what this connection itself told. Until the line is closed. */
  hear(listener: (text: string) => void): void;
}

export interface LineRecords {
  get(key: string): Promise<unknown>;
  /** With its version, on which `set` can insist. */
  read(key: string): Promise<{ readonly value: unknown; readonly version: number } | undefined>;
  /**
   * All of the entries or none; durable when it resolves. `undefined` deletes.
   * @throws {RecordMoved} when the record that `onlyIf` names is not at this version: somebody, another replica perhaps, wrote it meanwhile.
   */
  set(
    entries: Readonly<Record<string, unknown>>,
    options?: { readonly onlyIf?: { readonly key: string; readonly version: number } },
  ): Promise<void>;
  /** In order of key (by UTF-16 code units). */
  list(options: {
    prefix: string;
    after?: string;
    limit: number;
  }): Promise<{ key: string; value: unknown }[]>;
}

export class RecordMoved extends Error {
  override readonly name = 'RecordMoved';
}

export interface Outgoing {
  /** The network's idempotency key where it has one; sent again after an unclear failure it is the same. */
  readonly deliveryId: DeliveryId;
  /** Already adapted to the capabilities. References carry this network's native ids. */
  readonly message: Message;
  /** The agent or system that speaks, where the network can show it. */
  readonly sender?: { readonly name: string; readonly kind: 'agent' | 'system' };
}

export interface Sent {
  /** What receipts, replies, edits and reactions will name. */
  readonly id: NativeMessageId;
}

export interface Connection {
  /** A new message. @throws {ChannelError} */
  send(address: Address, outgoing: Outgoing): Promise<Sent>;
  /** Each of the next three is called only if the capability says so; `outgoing.message` has `edits`, `retracts` or `reactsTo`. @throws {ChannelError} */
  edit?(address: Address, outgoing: Outgoing): Promise<Sent>;
  retract?(address: Address, outgoing: Outgoing): Promise<Sent>;
  react?(address: Address, outgoing: Outgoing): Promise<Sent>;
  /**
   * For networks whose `resend` is `unclear`: looks whether a message of which that is not known went out, and sends nothing.
   * Undefined: it was not found, which need not mean that it is not there. @throws {ChannelError} where nobody can be asked
   */
  findSent?(address: Address, outgoing: Outgoing): Promise<Sent | undefined>;
  /** Best effort; must not throw. */
  typing?(address: Address, active: boolean, sender?: string): void;
  /** Best effort: the agent has read up to this message of the customer. */
  markRead?(address: Address, upTo: NativeMessageId): void;
  /** What is at `/channels/<channel>/<tenant>/<line>/...`. */
  receive?(request: ChannelRequest): Promise<ChannelReply>;
  /** Bytes of a media reference that this module made (source type `channel`). @throws {ChannelError} */
  fetchMedia?(reference: string): Promise<OpenMedia>;
  profile?(address: Address): Promise<ContactProfile | undefined>;
  /** A live check of the parameters. Resolves with what is wrong, in words, without secrets; empty when all is well. */
  verify?(): Promise<string[]>;
  /** The session with this customer ended or a new one began; for networks that show it. Best effort. */
  sessionChanged?(
    address: Address,
    change: { readonly state: 'open' | 'closed'; readonly agentName?: string },
  ): void;
  close(): Promise<void>;
}

export interface ChannelRequest {
  readonly method: string;
  /** After the line's own prefix, beginning with `/`, or empty. Without the query. */
  readonly path: string;
  /** Raw, without `?`. */
  readonly query: string;
  /** Lower-case names; repeated headers joined by `, `. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The raw bytes, at most `maxBodyBytes` (4 MiB unless the connection says otherwise). */
  readonly body: Buffer;
  readonly remoteAddress: string;
  /** Aborts when the peer is gone. */
  readonly signal: AbortSignal;
}

export interface ChannelReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An async iterable is streamed (server-sent events, files) and ended when the peer goes. */
  readonly body?: string | Uint8Array | AsyncIterable<string | Uint8Array>;
}

export type FailureKind =
  'retry' | 'permanent' | 'unauthorised' | 'windowClosed' | 'optedOut' | 'unreachable';

/**
 * A call that failed, in the words that the core acts on. `reason` is shown to agents: no secrets, no numbers of others, and `the recipient`
 * for whom it was to, since a line may lead to an agent as well.
 */
export class ChannelError extends Error {
  override readonly name = 'ChannelError';
  readonly kind: FailureKind;
  /** Whether it is certain that the message did not go out. */
  readonly certain: boolean;
  /** `retry`: not before this many milliseconds from now (the network's own Retry-After). */
  readonly retryAfterMs: number | undefined;
  readonly reason: string;
  constructor(
    failure: { kind: FailureKind; certain: boolean; reason: string; retryAfterMs?: number },
    options?: ErrorOptions,
  ) {
    super(`${failure.kind}: ${failure.reason}`, options);
    this.kind = failure.kind;
    this.certain = failure.certain;
    this.retryAfterMs = failure.retryAfterMs;
    this.reason = failure.reason;
  }
}
