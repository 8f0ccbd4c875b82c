import { onTestFinished } from 'vitest';
import type { LineRecords } from '../../src/channels/channel.ts';
import { findChannelModule } from '../../src/channels/registry.ts';
import { as } from '../../src/platform/ids.ts';
import { createTestHost, type TestHost } from '../fixtures/test-host.ts';

/** A line of a tenant with a real HTTP server, closed when the test ends. Gives the core behind it. */
export async function openLine(
  channel: string,
  parameters: object,
  at: { readonly tenant?: string; readonly records?: LineRecords } = {},
): Promise<TestHost> {
  const module = findChannelModule(channel);
  if (module === undefined) throw new Error(`no network ${channel}`);
  const tenant = at.tenant ?? 'acme';
  const host = await createTestHost({
    channel,
    tenant,
    ...(at.records === undefined ? {} : { records: at.records }),
  });
  const connection = await module.open(
    {
      tenant: as(tenant),
      id: as('line-1'),
      channel,
      parameters: module.parameters.parse(parameters),
      displayName: 'Acme',
    },
    host,
  );
  host.mount(connection, module.maxBodyBytes);
  onTestFinished(async () => {
    await connection.close();
    await host.close();
  });
  return host;
}
