import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { boundedLabel, createMetrics } from '../../src/platform/metrics.ts';
import type { DeliveryHooks } from '../../src/delivery/hooks.ts';

it('counts what delivery tells', async () => {
  const metrics = createMetrics(new Registry());
  const hooks: DeliveryHooks = metrics.delivery;
  const tenant = 'acme' as never;
  hooks.accepted?.(tenant, 3, 1);
  hooks.decided?.(tenant, 20);
  hooks.quarantined?.(tenant, 'entry' as never);
  hooks.attemptFailed?.(tenant, 'room:c1' as never, 'retry');
  hooks.finished?.(tenant, 'line:c1' as never, 'delivered', 1500);
  const text = await metrics.registry.metrics();
  for (const line of [
    'switchboard_inbox_entries_total{tenant="acme",outcome="accepted"} 3',
    'switchboard_inbox_entries_total{tenant="acme",outcome="duplicate"} 1',
    'switchboard_inbox_entries_total{tenant="acme",outcome="handled"} 1',
    'switchboard_inbox_entries_total{tenant="acme",outcome="quarantined"} 1',
    'switchboard_inbox_handling_seconds_sum 0.02',
    'switchboard_outbox_failed_attempts_total{tenant="acme",leg="room",kind="retry"} 1',
    'switchboard_outbox_outcomes_total{tenant="acme",leg="line",status="delivered"} 1',
    'switchboard_outbox_delivery_seconds_sum{leg="line"} 1.5',
  ]) {
    expect(text).toContain(line);
  }
  // No conversation is ever a label.
  expect(text).not.toContain('c1');
});

it('shows depths and line states as they are now', async () => {
  const metrics = createMetrics(new Registry());
  let depth = 5;
  metrics.depths(() => [{ queue: 'inbox', tenant: 'acme', depth }]);
  metrics.lineState('acme', 'sms', 'main', 'connecting');
  metrics.lineState('acme', 'sms', 'main', 'connected');
  expect(await metrics.registry.metrics()).toContain(
    'switchboard_queue_depth{queue="inbox",tenant="acme"} 5',
  );
  depth = 0;
  const text = await metrics.registry.metrics();
  expect(text).toContain('switchboard_queue_depth{queue="inbox",tenant="acme"} 0');
  expect(text).toMatch(/line_state\{[^}]*state="connected"\} 1/);
  expect(text).toMatch(/line_state\{[^}]*state="connecting"\} 0/);
});

it('keeps the number of a label’s values bounded', () => {
  const label = boundedLabel(2);
  expect(['a', 'b', 'c', 'a', 'd'].map(label)).toEqual(['a', 'b', 'other', 'a', 'other']);
});
