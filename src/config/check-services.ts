import type { ConfigProblem } from './config-error.ts';
import type { References } from './references.ts';
import { checkService, serviceSchema } from './service-schema.ts';
import { keysUnder } from '../directory/identifiers/identifier-index.ts';
import { directService } from '../directory/service-settings.ts';

/** Services by what their form alone does not tell. One whose form is wrong is complained about by the schema. */
export function checkServices({ tenants }: References, problems: ConfigProblem[]): void {
  for (const [tenant, declared] of Object.entries(tenants)) {
    if (declared === undefined) continue;
    const known = {
      queues: new Set(Object.keys(declared.queues)),
      applications: new Set(Object.keys(declared.applications)),
    };
    const owners = new Map<string, string>();
    for (const [id, service] of Object.entries(declared.services)) {
      const path = ['tenants', tenant, 'services', id];
      if (id === directService)
        problems.push({
          path: path.join('.'),
          found: 'direct',
          expected: 'another name: every tenant has direct',
        });
      const read = serviceSchema.safeParse(service);
      if (!read.success) continue;
      read.data.identifiers.forEach((identifier, index) => {
        const keys = keysUnder({ identifier });
        const owner = keys.map((key) => owners.get(key)).find((found) => found !== undefined);
        if (owner !== undefined)
          problems.push({
            path: [...path, 'identifiers', String(index)].join('.'),
            found: `${identifier}, which leads to ${owner}`,
            expected: 'a name of its own',
          });
        for (const key of keys) owners.set(key, id);
      });
      for (const { path: inner, found, expected } of checkService(read.data, known))
        problems.push({ path: [...path, ...inner].join('.'), found, expected });
    }
  }
}
