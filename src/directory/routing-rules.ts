import type { AgentId, QueueId } from '../platform/ids.ts';
import type { SkillLevels } from './routing-policy.ts';

/**
 * The rules of a tenant, in order, as they were declared or saved at one time. They say where a session goes that comes; who gets it there
 * is the queue's policy.
 */
export interface RuleSet {
  /** A number that grows with each set saved by REST; `file-` and a fingerprint of those in the config file. */
  readonly version: string;
  /** Another one for each set that was ever made. */
  readonly tag: string;
  readonly rules: readonly RoutingRule[];
  /** As they were written. JSON data. */
  readonly given: readonly object[];
}

/** The first rule whose condition holds decides (TaskRouter's workflow filters); with `continues`, those after it are looked at too. */
export interface RoutingRule {
  readonly name: string;
  /** CEL, gives true or false; absent: always. */
  readonly when?: string;
  /** In place of the line's. */
  readonly queue?: QueueId;
  /** Beyond what the queue asks. */
  readonly required: SkillLevels;
  readonly preferred: SkillLevels;
  /** In place of the queue's. */
  readonly priority?: number;
  /** Beside the queue's, by growing `afterMs`. */
  readonly rings: readonly RuleRing[];
  /** Looked at in order, as long as the session waits. */
  readonly overflow: readonly Overflow[];
  readonly continues: boolean;
}

export interface RuleRing {
  readonly afterMs: number;
  readonly agents: readonly AgentId[];
  readonly teams: readonly string[];
  readonly dropSkills: readonly string[];
}

/** Another queue, once all that is given here holds of the one in which the session waits. */
export interface Overflow {
  readonly queue: QueueId;
  /** It has waited there for so long. */
  readonly afterMs?: number;
  /** More than so many wait there. */
  readonly moreThan?: number;
  /** None of its agents is available, whatever they have in hand. */
  readonly nobodyAvailable: boolean;
}
