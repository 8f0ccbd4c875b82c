import type { Settings } from './config/load-config.ts';
import { deliveryActions, runDeliveriesCommand } from './deliveries-command.ts';
import { quarantineActions, runQuarantineCommand } from './quarantine-command.ts';
import { runWhyCommand } from './why-command.ts';

/** What the command line says about one tenant, as text. */
export type TenantCommandOptions = Readonly<
  Partial<Record<'quarantine' | 'deliveries' | 'why' | 'tenant' | 'status' | 'entry', string>>
>;

export interface TenantCommand {
  /** The option that asks for it. */
  readonly name: 'quarantine' | 'deliveries' | 'why';
  /** What the option may say; empty where it takes an id. */
  readonly actions: readonly string[];
  /** Gives the exit code. */
  run(settings: Settings, options: TenantCommandOptions): Promise<number>;
}

/** Every command about a tenant: test/security/tenants.test.ts goes through all of them. */
export const tenantCommands: readonly TenantCommand[] = [
  { name: 'quarantine', actions: quarantineActions, run: runQuarantineCommand },
  { name: 'deliveries', actions: deliveryActions, run: runDeliveriesCommand },
  { name: 'why', actions: [], run: runWhyCommand },
];
