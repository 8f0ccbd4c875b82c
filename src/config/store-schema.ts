import { z } from 'zod';
import { secret } from '../channels/secret.ts';

const address = z
  .string()
  .max(4096)
  .regex(
    /^postgres(?:ql)?:\/\//,
    'an address of PostgreSQL: postgres://user:password@host:5432/database (characters such as @ / : # in the password as %40 %2F %3A %23)',
  );

const postgres = z.strictObject({
  url: secret(address).optional().meta({
    description:
      'Address of the database, with the role and its password. Best from SWITCHBOARD__STORE__POSTGRES__URL_FILE.',
    example: 'postgres://switchboard:change-me@db.example.org:5432/switchboard',
  }),
  connections: z.int().min(2).max(1000).default(10).meta({
    description:
      'Connections at most, beside two that each process has for itself; all processes together must stay under the server’s max_connections.',
  }),
  statementTimeoutSeconds: z.number().min(1).max(3600).default(10).meta({
    description: 'How long one statement may take before it counts as failed and is tried again.',
  }),
  tls: z.enum(['disable', 'require', 'verify-full']).optional().meta({
    description:
      'TLS to the server, as libpq’s sslmode: verify-full checks its certificate and name, require checks nothing. Unless given verify-full, and disable for a server on this machine.',
    example: 'verify-full',
  }),
  tlsAuthority: z.string().min(1).optional().meta({
    description:
      'File (PEM) with the authority that signed the server’s certificate, relative to this file; the system’s authorities unless given.',
    example: 'postgres-ca.pem',
  }),
});

export const storeSchema = z.strictObject({
  kind: z.enum(['embedded', 'postgres']).default('embedded').meta({
    description: 'Engine: `embedded` in the directory, or `postgres`, a PostgreSQL server.',
  }),
  directory: z.string().min(1).default('../data').meta({
    description:
      'Directory of the embedded store, and of the files and of the link secret with either kind; relative to this file.',
  }),
  fsync: z.boolean().default(true).meta({
    description:
      'Of the embedded store: wait for the disk before anything is acknowledged: survives power loss, costs throughput (bench/README.md).',
  }),
  postgres: postgres.prefault({}).meta({ description: 'Used with `kind: postgres`.' }),
});

export type StoreConfig = z.output<typeof storeSchema>;
