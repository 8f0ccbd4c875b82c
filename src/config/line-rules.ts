import { z } from 'zod';
import { channelNames, findChannelModule } from '../channels/registry.ts';
import { isShared, sharedLineName } from '../directory/shared-tenant.ts';
import { directService } from '../directory/service-settings.ts';
import { as } from '../platform/ids.ts';
import { InputRefused, type InputProblem } from '../directory/kept/input-refused.ts';
import type { LineRules } from '../sessions/kept-lines/line-rules.ts';
import { describe, problemsOf } from './issue-words.ts';
import { lineSchema, sharedLineSchema } from './schema.ts';
import { toFrontTexts, withoutAbsent } from './to-tenant.ts';

const greatestGrace = 7 * 86_400;
const graceSeconds = z.int().min(0).max(greatestGrace).default(3600);
/** A line as it is given over REST. */
export const givenLineSchema = lineSchema.extend({ graceSeconds });

/** A line that tenants share, likewise. */
export const givenSharedLineSchema = sharedLineSchema.extend({ graceSeconds });

/** Lines that come by REST are held to what the config file's are. */
export const lineRules: LineRules = {
  read(tenant, input) {
    const read = isShared(tenant) ? givenSharedLineSchema.safeParse(input) : givenLineSchema.safeParse(input);
    if (read.success) {
      const { texts, textsIn, ...line } = { texts: undefined, textsIn: undefined, ...read.data };
      const front = texts === undefined ? {} : { texts, textsIn: toFrontTexts({ textsIn }).frontTextsIn };
      return { queue: '', ...line, sendLimits: withoutAbsent(line.sendLimits), ...front };
    }
    const isSecret = (path: readonly PropertyKey[]): boolean => path[0] === 'parameters';
    throw new InputRefused(problemsOf(read.error.issues, input, [], isSecret));
  },
  settings(tenant, id, line) {
    const { channel, name, queue, service, onUnclear, sendLimits, parameters } = line;
    const problems: InputProblem[] = [];
    const module = findChannelModule(channel);
    if (module === undefined)
      problems.push({
        path: 'channel',
        found: describe(channel),
        expected: `one of ${channelNames.join(', ')}`,
      });
    const ofTenants = isShared(tenant.id);
    if (!ofTenants && !tenant.queues.has(as(queue))) {
      const queues = [...tenant.queues.keys()].join(', ');
      problems.push({
        path: 'queue',
        found: describe(queue),
        expected: `a queue of the tenant that is declared: ${queues}`,
      });
    }
    const isKnown =
      service === undefined || service === directService || tenant.services?.has(as(service)) === true;
    if (!ofTenants && !isKnown) {
      const services = [directService, ...(tenant.services?.keys() ?? [])].join(', ');
      problems.push({
        path: 'service',
        found: describe(service),
        expected: `a service of the tenant that is declared: ${services}`,
      });
    }
    const checked = module?.parameters.safeParse(parameters);
    // What the network's schema complains about may be anything: values of parameters are never quoted.
    if (checked?.success === false)
      problems.push(...problemsOf(checked.error.issues, parameters, ['parameters'], () => true));
    if (checked?.success !== true || problems.length > 0) throw new InputRefused(problems);
    return {
      id,
      channel,
      displayName: name ?? (ofTenants ? sharedLineName : tenant.name),
      queue: as(queue),
      ...(service === undefined ? {} : { service: as(service) }),
      onUnclear,
      ...(sendLimits === undefined ? {} : { sendLimits }),
      ...(ofTenants ? toFrontTexts(line) : {}),
      parameters: checked.data,
    };
  },
};
