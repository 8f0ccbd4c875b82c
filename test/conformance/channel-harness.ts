import type { Address, ChannelModule, FailureKind } from '../../src/channels/channel.ts';
import type { MediaKind } from '../../src/message/message.ts';
import type { TestHost } from '../fixtures/test-host.ts';

/** What a network's tests hand to the conformance suite: the module, and a far side that plays its network and one customer. */
export interface ChannelHarness {
  readonly module: ChannelModule;
  /** Starts the network: a stand-in server or, better, the real one. Called once a suite. */
  start(): Promise<FarSide>;
}

export interface FarSide {
  /** Parameters of a line on this network, as they would stand in the config file. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** What must never be seen in a log or an error. */
  readonly secrets: readonly string[];
  readonly customer: Address;
  readonly customerDoes: CustomerDoes;
  /** The line is open, and its webhooks answer under `host.publicUrl`. Resolves when messages can flow. */
  connected(host: TestHost): Promise<void>;
  /** All that the customer was shown since the start, in order. */
  seen(): readonly Seen[];
  /** The network, or the customer's program, hands us the last text once more under the same id. */
  repeat(): Promise<Handover>;
  readonly failures?: readonly ArrangedFailure[];
  /** Things that the network's users or strangers could do to us. None may give an event or end the line. */
  hostile?(host: TestHost): readonly HostileAct[];
  /** Open connections that the module holds to the network; must be 0 after close. */
  openConnections?(): number;
  stop(): Promise<void>;
}

/** Whether the network was told that we have it. What is refused, the network or the customer's program sends again. */
export type Handover = 'acknowledged' | 'refused';

/** What the customer can do. Ids are native: `target` of a customer's own message is the event's id, of ours what `send` gave. */
export interface CustomerDoes {
  readonly text: (text: string) => Promise<Handover>;
  readonly media?: (file: CustomerFile) => Promise<Handover>;
  readonly location?: (latitude: number, longitude: number) => Promise<Handover>;
  readonly reply?: (target: string, text: string) => Promise<Handover>;
  readonly edit?: (target: string, text: string) => Promise<Handover>;
  readonly retract?: (target: string) => Promise<Handover>;
  readonly react?: (target: string, emoji: string) => Promise<Handover>;
  readonly choose?: (
    target: string,
    option: { readonly id: string; readonly label: string },
  ) => Promise<Handover>;
  readonly typing?: (active: boolean) => Promise<unknown>;
  /** The network tells that our message reached the customer; absent where it does so by itself. */
  readonly delivered?: (target: string) => Promise<unknown>;
  readonly read?: (target: string) => Promise<unknown>;
}

export interface CustomerFile {
  readonly kind: MediaKind;
  readonly bytes: Uint8Array;
  readonly mimeType: string;
  readonly fileName: string;
}

/** One thing that the customer was shown. */
export interface Seen {
  /** What `send` gave. */
  readonly id?: string;
  readonly text?: string;
  readonly media?: { readonly bytes: Uint8Array; readonly mimeType: string };
  readonly location?: { readonly latitude: number; readonly longitude: number };
  readonly contact?: { readonly name: string };
  readonly page?: { readonly url: string };
  readonly options?: readonly string[];
  readonly replyTo?: string;
  readonly edits?: string;
  readonly retracts?: string;
  readonly reactsTo?: { readonly id: string; readonly emoji: string };
  readonly typing?: boolean;
  /** Up to this message of the customer, we have read. */
  readonly readUpTo?: string;
}

export interface ArrangedFailure {
  readonly name: string;
  readonly kind: FailureKind;
  readonly certain: boolean;
  readonly retryAfterMs?: number;
  /** From now on the network fails like this; the returned function makes it well again. */
  arrange(): () => void;
}

export interface HostileAct {
  readonly name: string;
  run(): Promise<void>;
  /** The act is odd but allowed: it may give (well-formed) events. */
  readonly mayGiveEvents?: boolean;
}
