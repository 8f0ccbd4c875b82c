import type { AgentId } from '../platform/ids.ts';

/** A skill, or a language, and how well: 0 to 5 (Genesys' proficiency). */
export type SkillLevels = Readonly<Record<string, number>>;

/**
 * How skills decide between agents (Genesys' evaluation methods).
 *
 * - `ALL`: only who has every required skill, however well beyond the asked level;
 * - `BEST`: of those, the one with the highest average level over required and preferred skills;
 * - `NONE`: skills are not looked at.
 */
export type SkillEvaluation = 'ALL' | 'BEST' | 'NONE';

/** Who goes first among equals. The agent's id decides at last, so that a decision can be repeated. */
export type AgentOrder = 'longest-idle' | 'least-active' | 'most-available' | 'round-robin';

/** From `afterMs` of waiting on, these may be asked too and these skills are no longer asked for. Rings only widen. */
export interface Ring {
  readonly afterMs: number;
  readonly agents: readonly AgentId[];
  readonly dropSkills: readonly string[];
}

/** What a queue says about who gets its sessions. */
export interface RoutingPolicy {
  /** Whom it asks from the start. */
  readonly members: readonly AgentId[];
  readonly evaluation: SkillEvaluation;
  readonly order: AgentOrder;
  readonly required: SkillLevels;
  readonly preferred: SkillLevels;
  /** By growing `afterMs`. */
  readonly rings: readonly Ring[];
  /** Agents take sessions themselves (`!pull`); nobody is asked. */
  readonly manual: boolean;
  /** How long a session waits for those who talked to the customer last, before others are asked. 0: not at all. */
  readonly lastAgentMs: number;
  /** When all who could were asked and declined: how long until they are asked again. */
  readonly retryMs: number;
  /** An application that chooses among those who could; `order` counts where it does not. */
  readonly chooser?: Chooser;
}

/** Asked over HTTP for each session, signed with the secret. */
export interface Chooser {
  readonly url: string;
  /** The config file declares it: it may be where the operator trusts servers, on private addresses too. */
  readonly ofFile?: true;
  readonly secret: string;
  /** For an answer; it is asked once more where none came. */
  readonly timeoutMs: number;
}
