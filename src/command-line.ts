import { createLogger } from './platform/log.ts';
import { systemClock } from './platform/clock.ts';
import { checkInstallation } from './check-installation.ts';
import { ConfigError } from './config/config-error.ts';
import { loadConfig, type Settings } from './config/load-config.ts';
import { writeRegistration, RegistrationError } from './matrix/registration-file.ts';
import { runMoveCommand } from './move-command.ts';
import { runSecretsCommand } from './secrets-command.ts';
import { startFailure } from './start-failure.ts';
import { tenantCommands, type TenantCommandOptions } from './tenant-commands.ts';
import { startSwitchboard, type Switchboard, type SwitchboardOptions } from './switchboard.ts';

export interface CommandOptions extends TenantCommandOptions {
  readonly config?: string;
  readonly port?: string;
  readonly check?: boolean;
  readonly 'generate-registration'?: boolean;
  readonly url?: string;
  readonly file?: string;
  readonly id?: string;
  readonly domain?: string;
  readonly prefix?: string;
  readonly secrets?: string;
  readonly 'move-store'?: boolean;
  readonly from?: string;
}

/** Gives the exit code: 2 for what the person at the keyboard can cure, 1 for everything else that fails. */
export async function runCommand(options: CommandOptions, usage: string): Promise<number> {
  if (options['generate-registration'] === true) return writeNewRegistration(options);
  if (options.config === undefined) {
    console.error(usage);
    return 2;
  }
  const settings = readSettings(options.config, options.port);
  if (settings === undefined) return 2;
  const aboutTenant = tenantCommands.find(({ name }) => options[name] !== undefined);
  if (aboutTenant !== undefined) return aboutTenant.run(settings, options);
  if (options.secrets !== undefined) return runSecretsCommand(settings, options.secrets);
  if (options['move-store'] === true) {
    const { from } = options;
    return runMoveCommand(settings, {
      logger: createLogger('silent'),
      ...(from === undefined ? {} : { from }),
    });
  }
  return options.check === true ? check(settings) : run(settings);
}

function writeNewRegistration(options: CommandOptions): number {
  const {
    url,
    domain,
    file = 'registration/main.yaml',
    id = 'switchboard',
    prefix = '_switchboard_',
  } = options;
  if (url === undefined || !/^https?:\/\//.test(url) || !URL.canParse(url)) {
    console.error(
      `-r needs -u URL, where the homeserver reaches Switchboard, e.g. http://127.0.0.1:9009; found ${url ?? 'nothing'}.`,
    );
    return 2;
  }
  try {
    const { keptTokens } = writeRegistration(file, {
      id,
      url: url.replace(/\/+$/, ''),
      prefix,
      ...(domain === undefined ? {} : { domain }),
    });
    console.log(
      `${file} ${keptTokens ? 'written anew, its tokens kept' : 'written'}.\n` +
        'Next: give it to the homeserver (Synapse: a line under app_service_config_files, then restart) and name it in the config file under homeservers.',
    );
    return 0;
  } catch (error) {
    if (!(error instanceof RegistrationError || error instanceof RangeError)) throw error;
    console.error(error.message);
    return 2;
  }
}

function readSettings(file: string, port: string | undefined): Settings | undefined {
  const environment =
    port === undefined ? process.env : { ...process.env, SWITCHBOARD__APPSERVICE__PORT: port };
  try {
    return loadConfig(file, environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    return undefined;
  }
}

async function check(settings: Settings): Promise<number> {
  console.log(`${settings.file}: the file is well-formed.`);
  const findings = await checkInstallation(settings, systemClock);
  for (const { check: name, ok, skipped, detail } of findings)
    console.log(`${skipped === true ? 'skip' : ok ? 'ok  ' : 'FAIL'} ${name}: ${detail}`);
  return findings.every(({ ok }) => ok) ? 0 : 1;
}

/** How long a stop may take in all (issue: graceful stop within 10 s). */
const stopWithinMs = 10_000;

async function startOrSayWhy(
  settings: Settings,
  options: SwitchboardOptions,
): Promise<Switchboard | undefined> {
  try {
    return await startSwitchboard(settings, options);
  } catch (error) {
    const known = startFailure(settings, error);
    if (known === undefined) throw error;
    console.error(known);
    return undefined;
  }
}

async function run(settings: Settings): Promise<number> {
  const logger = createLogger(settings.config.logging.level);
  const asked = new Promise<string>((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
  process.on('unhandledRejection', (error) => {
    logger.error({ err: error }, 'a promise was rejected and nobody looked; the process goes on');
  });
  const switchboard = await startOrSayWhy(settings, { logger, clock: systemClock });
  if (switchboard === undefined) process.exit(1);
  const signal = await asked;
  logger.info({ signal }, 'stopping');
  const impatient = setTimeout(() => {
    logger.error({}, 'could not stop in time; what is under way is taken up at the next start');
    process.exit(1);
  }, stopWithinMs);
  await switchboard.stop();
  clearTimeout(impatient);
  logger.info({}, 'stopped');
  // Libraries may hold timers; all of ours is down and durable.
  process.exit(0);
}
