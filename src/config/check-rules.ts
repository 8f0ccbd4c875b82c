import type { ConfigProblem } from './config-error.ts';
import { describe } from './issue-words.ts';
import type { References } from './references.ts';
import { ruleFaults } from './rule-faults.ts';

/** Rules, and the calendars and applications that agents and queues name. */
export function checkRules({ tenants }: References, problems: ConfigProblem[]): void {
  for (const [id, tenant] of Object.entries(tenants)) {
    if (tenant === undefined) continue;
    const path = `tenants.${id}`;
    const calendars = Object.keys(tenant.calendars);
    const known = {
      calendars,
      queues: Object.keys(tenant.queues),
      agents: Object.keys(tenant.agents),
      teams: Object.values(tenant.agents).flatMap((agent) => agent?.teams.map((team) => team ?? '') ?? []),
    };
    for (const fault of ruleFaults(tenant.rules, known))
      problems.push({ ...fault, path: `${path}.rules.${fault.path}` });
    const checkCalendar = (where: string, name: string | undefined): void => {
      if (name === undefined || calendars.includes(name)) return;
      const declared = calendars.length === 0 ? ' (there is none)' : `: ${calendars.join(', ')}`;
      problems.push({
        path: `${path}.${where}`,
        found: describe(name),
        expected: `a calendar of the tenant${declared}`,
      });
    };
    for (const [name, agent] of Object.entries(tenant.agents))
      checkCalendar(`agents.${name}.schedule`, agent?.schedule);
    for (const [name, queue] of Object.entries(tenant.queues)) {
      checkCalendar(`queues.${name}.calendar`, queue?.calendar);
      if (queue?.order === 'external' && queue.chooser === undefined)
        problems.push({
          path: `${path}.queues.${name}.chooser`,
          found: 'nothing',
          expected: 'the application that chooses, with order external',
        });
    }
  }
}
