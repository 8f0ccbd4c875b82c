import { readFileSync } from 'node:fs';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { createMetrics } from '../../src/platform/metrics.ts';

/** Rows of the table in docs/operator.md: name and labels. */
function documented(): Map<string, string[]> {
  const page = readFileSync(new URL('../../docs/operator.md', import.meta.url), 'utf8');
  const rows = page.matchAll(/^\| `(switchboard_\w+)` +\|([^|]*)\|/gm);
  return new Map(
    [...rows].map(([, name = '', labels = '']) => [
      name,
      [...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label).sort(),
    ]),
  );
}

it('docs/operator.md names every metric with its labels, and no other', () => {
  const registry = new Registry();
  const metrics = createMetrics(registry);
  metrics.depths(() => []);
  metrics.parked(async () => 0);
  const existing = new Map(
    registry
      .getMetricsAsArray()
      .filter(({ name }) => name.startsWith('switchboard_'))
      .map((metric) => [metric.name, labelsOf(metric)]),
  );
  expect(documented()).toEqual(existing);
});

/** prom-client keeps them on each metric, though its types do not say so. */
function labelsOf(metric: object): string[] {
  return 'labelNames' in metric && Array.isArray(metric.labelNames)
    ? metric.labelNames.map(String).sort()
    : [];
}
