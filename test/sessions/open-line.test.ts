import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { openLine } from '../../src/sessions/open-line.ts';
import type { LineSettings } from '../../src/directory/tenant.ts';
import { as, type LineId } from '../../src/platform/ids.ts';
import { manualClock } from '../fixtures/manual-clock.ts';
import { createTestHost } from '../fixtures/test-host.ts';
import { tenantOf } from './world.ts';

/** A line whose customers' program takes what it is told, and answers when the test says so. */
async function rig() {
  let answer = (): void => undefined;
  let asked = (): void => undefined;
  const taken = new Promise<void>((resolve) => (asked = resolve));
  const program = createServer((request, response) => {
    answer = () => response.writeHead(200).end();
    request.resume().once('end', asked);
  });
  await new Promise<void>((resolve) => program.listen(0, '127.0.0.1', resolve));
  const { port } = program.address() as AddressInfo;
  const clock = manualClock();
  const host = await createTestHost({ channel: 'loopback' });
  const states: string[] = [];
  let closed = false;
  const line: LineSettings = {
    id: as<LineId>('loop'),
    channel: 'loopback',
    displayName: 'Acme',
    queue: as('support'),
    onUnclear: 'ask',
    parameters: { secret: 'a secret of the test', callbackUrl: `http://127.0.0.1:${String(port)}/` },
  };
  const open = await openLine(tenantOf({}), line, {
    clock,
    host: (report) => ({ ...host, report }),
    stateChanged: ({ state }) => states.push(state),
    closed: () => (closed = true),
  });
  const sent = open.connection.send(
    { id: as('customer') },
    { deliveryId: as('delivery'), message: { content: { kind: 'text', text: 'under way' } } },
  );
  await taken;
  const end = async (): Promise<void> => {
    program.closeAllConnections();
    program.close();
    await host.close();
  };
  return { open, sent, clock, states, end, answer: () => answer(), isClosed: () => closed };
}

test('a line that is replaced closes when what is under way has its answer', async () => {
  const { open, sent, states, end, answer, isClosed } = await rig();
  const retired = open.retire();
  await new Promise(setImmediate);
  expect(isClosed()).toBe(false);
  answer();
  await expect(sent).resolves.toBeDefined();
  await retired;
  expect(isClosed()).toBe(true);
  expect(states).toEqual(['connected']);
  await end();
});

test('and after a while, if it never has', async () => {
  const { open, sent, clock, end, isClosed } = await rig();
  const failed = expect(sent).rejects.toMatchObject({ certain: false });
  const retired = open.retire();
  await new Promise(setImmediate);
  clock.advance(20_000);
  await retired;
  await failed;
  expect(isClosed()).toBe(true);
  await end();
});
