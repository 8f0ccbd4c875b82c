/** An external component (XEP-0114) that may connect. */
export interface ProsodyComponent {
  readonly domain: string;
  readonly secret: string;
}

export interface ProsodyPorts {
  readonly clients: number;
  readonly components: number;
  readonly http: number;
}

/** Plain, loopback only, quick logins: for tests and the demo, never for use. */
export function prosodyConfig(options: {
  readonly folder: string;
  readonly host: string;
  readonly ports: ProsodyPorts;
  readonly components: readonly ProsodyComponent[];
  readonly uploads: boolean;
  readonly maxUploadBytes: number;
}): string {
  const { folder, host, ports } = options;
  const loopback = (name: string) => `${name}_interfaces = { "127.0.0.1" }`;
  const upload = `upload.${host}`;
  const items = [
    ...options.components.map(({ domain }) => `{ ${lua(domain)}, "component" }`),
    ...(options.uploads ? [`{ ${lua(upload)}, "files" }`] : []),
  ];
  return [
    `pidfile = ${lua(`${folder}/prosody.pid`)}`,
    `data_path = ${lua(`${folder}/data`)}`,
    `certificates = ${lua(`${folder}/certs`)}`,
    'plugin_paths = { "/usr/lib/prosody/modules" }',
    'daemonize = false',
    'interfaces = { "127.0.0.1" }; local_interfaces = { "127.0.0.1" }',
    `c2s_ports = { ${ports.clients} }; s2s_ports = { }; c2s_direct_tls_ports = { }; https_ports = { }`,
    `component_ports = { ${ports.components} }; http_ports = { ${ports.http} }`,
    ['c2s', 'component', 'http'].map(loopback).join('; '),
    `http_external_url = "http://127.0.0.1:${ports.http}/"; http_default_host = ${lua(host)}`,
    'c2s_require_encryption = false; allow_unencrypted_plain_auth = true',
    // SCRAM at the default 10,000 iterations costs a JavaScript client 2 s of processor for each login.
    'authentication = "internal_hashed"; default_iteration_count = 1000',
    'storage = "internal"; allow_registration = false',
    'component_stanza_size_limit = 10485760; c2s_stanza_size_limit = 1048576',
    `log = { { levels = { min = "info" }, to = "file", filename = ${lua(`${folder}/prosody.log`)} } }`,
    'modules_enabled = { "disco", "roster", "saslauth", "carbons", "pep", "private", "smacks", "vcard4", "vcard_legacy",',
    '  "ping", "time", "version", "mam", "offline", "presence", "message", "iq", "posix" }',
    // No STARTTLS offer: the client library would take it and then refuse the self-signed certificate.
    'modules_disabled = { "s2s", "tls" }',
    `VirtualHost ${lua(host)}`,
    `  disco_items = { ${items.join(', ')} }`,
    ...(options.uploads
      ? [
          `Component ${lua(upload)} "http_file_share"`,
          `  http_file_share_size_limit = ${options.maxUploadBytes}; http_file_share_daily_quota = 500*1024*1024`,
          // Without it the upload's own path answers 404.
          '  http_host = "127.0.0.1"',
        ]
      : []),
    ...options.components.flatMap(({ domain, secret }) => [
      `Component ${lua(domain)}`,
      `  component_secret = ${lua(secret)}; validate_from_addresses = true`,
    ]),
    '',
  ].join('\n');
}

function lua(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
