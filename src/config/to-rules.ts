import { derivedId } from '../platform/derived-id.ts';
import { as } from '../platform/ids.ts';
import type { RoutingRule, RuleSet } from '../directory/routing-rules.ts';
import type { GivenRules } from './rules-schema.ts';

export function toRules(given: GivenRules): RoutingRule[] {
  return given.map((rule) => ({
    name: rule.name,
    ...(rule.when === undefined ? {} : { when: rule.when }),
    ...(rule.queue === undefined ? {} : { queue: as(rule.queue) }),
    required: rule.requiredSkills,
    preferred: rule.preferredSkills,
    ...(rule.priority === undefined ? {} : { priority: rule.priority }),
    rings: rule.rings
      .map(({ afterSeconds, agents, teams, dropSkills }) => ({
        afterMs: afterSeconds * 1000,
        agents: agents.map((id) => as<never>(id)),
        teams,
        dropSkills,
      }))
      .sort((a, b) => a.afterMs - b.afterMs),
    overflow: rule.overflow.map(({ queue, afterSeconds, moreThan, nobodyAvailable }) => ({
      queue: as(queue),
      ...(afterSeconds === undefined ? {} : { afterMs: afterSeconds * 1000 }),
      ...(moreThan === undefined ? {} : { moreThan }),
      nobodyAvailable,
    })),
    continues: rule.continue,
  }));
}

const shownHash = 12;

/** Those of the config file are another version whenever they say something else. */
export function declaredRules(given: GivenRules): RuleSet {
  const tag = derivedId('rules', JSON.stringify(given));
  return { version: `file-${tag.slice(0, shownHash)}`, tag, rules: toRules(given), given };
}
