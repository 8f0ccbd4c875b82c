import type { Registration } from '../../src/matrix/registration.ts';

/** A homeserver as the benchmarks need one: the agents join what they are invited to, and every text that is shown is told. */
export interface BenchHomeserver {
  readonly url: string;
  readonly domain: string;
  readonly registration: Registration;
  /** Accounts of a tenant's agents. */
  readonly agents: readonly (readonly string[])[];
  /** Told of each message of a ghost, when the answer to its PUT leaves. */
  onShown(listener: (text: string, room: string) => void): void;
  /** The agent who joined the room says something. Resolves when the homeserver has taken it. */
  agentSays(room: string, text: string): Promise<void>;
  stop(): Promise<void>;
}

export interface BenchHomeserverOptions {
  readonly appservicePort: number;
  /** Of more replicas, who get transactions in turn with the first. */
  readonly morePorts?: readonly number[];
  readonly tenants: number;
  readonly agentsPerTenant: number;
}

export const ghostPrefix = '_switchboard_';
