import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Registration } from '../../src/matrix/registration.ts';

export interface SynapseConfig {
  readonly directory: string;
  readonly serverName: string;
  readonly port: number;
  readonly registrations: readonly Registration[];
  /** Registration files that are there already. */
  readonly registrationFiles: readonly string[];
  readonly presence: boolean;
  readonly registrationSecret: string;
}

const unlimited = { per_second: 100_000, burst_count: 100_000 };
/** Agents of a test write faster than people do; ghosts are free by their registration. */
const rateLimits = {
  rc_message: unlimited,
  rc_registration: unlimited,
  rc_login: { address: unlimited, account: unlimited, failed_attempts: unlimited },
  rc_admin_redaction: unlimited,
  rc_joins: { local: unlimited, remote: unlimited },
  rc_joins_per_room: unlimited,
  rc_invites: { per_room: unlimited, per_user: unlimited, per_issuer: unlimited },
  rc_media_create: unlimited,
  rc_room_creation: unlimited,
  rc_presence: { per_user: unlimited },
  rc_reports: unlimited,
  rc_user_directory: unlimited,
};

/** Writes all that Synapse reads into `directory`. YAML is a superset of JSON. */
export function writeSynapseConfig(config: SynapseConfig): string {
  const at = (name: string): string => join(config.directory, name);
  const put = (name: string, value: unknown): string => {
    writeFileSync(at(name), typeof value === 'string' ? value : JSON.stringify(value, null, 1), {
      mode: 0o600,
    });
    return at(name);
  };
  mkdirSync(at('media'), { recursive: true });
  const ours = config.registrations.map((registration) =>
    put(`appservice-${registration.id}.yaml`, registration),
  );
  return put('homeserver.yaml', {
    server_name: config.serverName,
    public_baseurl: `http://127.0.0.1:${config.port}/`,
    report_stats: false,
    pid_file: at('homeserver.pid'),
    log_config: put('log.yaml', logConfig(at('homeserver.log'))),
    signing_key_path: put(
      'signing.key',
      `ed25519 a_demo ${randomBytes(32).toString('base64').replace(/=+$/, '')}\n`,
    ),
    media_store_path: at('media'),
    max_upload_size: '100M',
    // Clients of tests may ask for all that happened since their last sync, however busy the machine was.
    filter_timeline_limit: -1,
    listeners: [
      {
        port: config.port,
        bind_addresses: ['127.0.0.1'],
        type: 'http',
        tls: false,
        resources: [{ names: ['client'], compress: false }],
      },
    ],
    database: { name: 'sqlite3', args: { database: at('homeserver.db') } },
    app_service_config_files: [...ours, ...config.registrationFiles],
    registration_shared_secret: config.registrationSecret,
    macaroon_secret_key: randomBytes(24).toString('base64url'),
    form_secret: randomBytes(24).toString('base64url'),
    suppress_key_server_warning: true,
    trusted_key_servers: [],
    federation_domain_whitelist: [],
    presence: { enabled: config.presence },
    stats: { enabled: true },
    bcrypt_rounds: 4,
    ...rateLimits,
  });
}

function logConfig(file: string): object {
  return {
    version: 1,
    formatters: { plain: { format: '%(asctime)s %(levelname)s %(name)s %(message)s' } },
    handlers: { file: { class: 'logging.FileHandler', formatter: 'plain', filename: file } },
    root: { level: 'WARNING', handlers: ['file'] },
    disable_existing_loggers: false,
  };
}
