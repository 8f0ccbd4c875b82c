import { parseArgs } from 'node:util';
import { runCommand } from './command-line.ts';

const usage = `Switchboard: customers write from their messaging apps, agents answer from Element.

  -c FILE [-p PORT]        run; PORT is where homeservers reach it (appservice.port unless given)
  -c FILE --check          check the config file, and the homeservers and lines that it names; then end
  -c FILE --quarantine list|show|put-back|drop --tenant T [--entry ID]
                           events that could not be handled, of the Switchboard that runs with this file
  -c FILE --deliveries list|show|retry|drop --tenant T [--status failed|unclear|pending] [--entry ID]
                           messages that did not get through
  -c FILE --why ID --tenant T
                           what became of a message, by any of its ids; or of the latest of a conversation or address
  -c FILE --secrets list|rotate
                           the keys of what is encrypted in the store; rotate: encrypts all of it with the first of the config
  -c FILE --move-store [--from DIR]
                           bring an embedded store (the config's directory, or DIR) into the config's PostgreSQL; then end
  -r -u URL [-f FILE]      write a registration for a homeserver; URL is where the homeserver reaches Switchboard
     [--id ID] [--prefix PREFIX] [--domain NAME]

Exit codes: 0 all is well, 1 it failed while running, 2 the command or the configuration is wrong.`;

const options = {
  config: { type: 'string', short: 'c' },
  port: { type: 'string', short: 'p' },
  check: { type: 'boolean' },
  'generate-registration': { type: 'boolean', short: 'r' },
  url: { type: 'string', short: 'u' },
  file: { type: 'string', short: 'f' },
  id: { type: 'string' },
  domain: { type: 'string' },
  prefix: { type: 'string' },
  quarantine: { type: 'string' },
  tenant: { type: 'string' },
  entry: { type: 'string' },
  deliveries: { type: 'string' },
  status: { type: 'string' },
  why: { type: 'string' },
  secrets: { type: 'string' },
  'move-store': { type: 'boolean' },
  from: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

try {
  const { values } = parseArgs({ options, strict: true });
  if (values.help === true) console.log(usage);
  else process.exitCode = await runCommand(values, usage);
} catch (error) {
  // parseArgs throws TypeErrors that say what is wrong with the command line.
  const isUsage = error instanceof TypeError && 'code' in error;
  console.error(isUsage ? `${error.message}\n\n${usage}` : error);
  // What was started before the failure would keep the process alive.
  process.exit(isUsage ? 2 : 1);
}
