import { collectDefaultMetrics, Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** How many of something wait, when asked. */
export interface Depth {
  readonly queue: 'inbox' | 'outbox' | 'quarantine';
  readonly tenant: string;
  readonly depth: number;
}

const latencySeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/**
 * A label whose values other people make can only take so many; the rest is `other`, so that no series can grow without bound.
 * A tenant or line that is in the config file is there from the start.
 */
export function boundedLabel(most: number): (value: string) => string {
  const known = new Set<string>();
  return (value) => {
    if (known.has(value)) return value;
    if (known.size >= most) return 'other';
    known.add(value);
    return value;
  };
}

/** What the parts count and measure. Names, times and numbers only: no address, no text. */
export function createMetrics(registry: Registry) {
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const tenantLabel = boundedLabel(500);
  const lineLabel = boundedLabel(2000);
  const queueLabel = boundedLabel(2000);
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Counter({ name: `switchboard_${name}`, help, labelNames: [...labelNames], registers });
  const histogram = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    buckets: number[] = latencySeconds,
  ) => new Histogram({ name: `switchboard_${name}`, help, labelNames: [...labelNames], buckets, registers });

  const inboxEntries = counter('inbox_entries_total', 'Events that came, by what became of them.', [
    'tenant',
    'outcome',
  ]);
  const inboxSeconds = histogram(
    'inbox_handling_seconds',
    'From acceptance to the commit of the decision.',
    [],
  );
  const outboxAttempts = counter(
    'outbox_failed_attempts_total',
    'Attempts to deliver that failed, by kind.',
    ['tenant', 'leg', 'kind'],
  );
  const outboxOutcomes = counter('outbox_outcomes_total', 'Deliveries that came to an end, by status.', [
    'tenant',
    'leg',
    'status',
  ]);
  const outboxSeconds = histogram('outbox_delivery_seconds', 'From the making of a delivery to its end.', [
    'leg',
  ]);
  const beyondSendLimits = counter(
    'beyond_send_limit_total',
    'Attempts to deliver that were put off or given up because of a limit on what may go out.',
    ['tenant', 'line', 'limit'],
  );
  const smsSegments = counter('sms_segments_total', 'SMS segments that networks took.', ['tenant', 'line']);
  const failedRules = counter(
    'rule_failures_total',
    'Rules that could not be decided for a session and were passed over.',
    ['tenant'],
  );
  const promises = counter('promises_total', 'Promises of service levels that came to an end, by outcome.', [
    'tenant',
    'queue',
    'promise',
    'outcome',
  ]);
  const storeSeconds = histogram(
    'store_write_seconds',
    'One write of a group of commits, until durable.',
    [],
  );
  const storeCommits = histogram(
    'store_group_commits',
    'Commits in one write.',
    [],
    [1, 2, 4, 8, 16, 32, 64, 128],
  );
  const storeBytes = counter('store_written_bytes_total', 'Bytes written to the journal.', []);
  const homeserverSeconds = histogram('homeserver_request_seconds', 'Requests to homeservers.', [
    'homeserver',
    'method',
    'status',
  ]);
  const transactionSeconds = histogram('homeserver_transaction_seconds', 'Transactions from homeservers.', [
    'homeserver',
    'status',
  ]);
  const httpSeconds = histogram('http_request_seconds', 'Requests to our public side.', ['route', 'status']);
  const lineStates = new Gauge({
    name: 'switchboard_line_state',
    help: '1 for the state that a line is in.',
    labelNames: ['tenant', 'channel', 'line', 'state'],
    registers,
  });

  return {
    registry,
    /** Asked at each scrape. At most once for a registry. */
    parked(source: () => Promise<number>): void {
      new Gauge({
        name: 'switchboard_parked',
        help: 'Customers of shared lines of whom nobody knows whom they write to (counted up to 1000).',
        registers,
        async collect() {
          this.set(await source());
        },
      });
    },
    /** Fits `DeliveryHooks` of src/delivery. */
    delivery: {
      accepted(tenant: string, fresh: number, duplicates: number): void {
        inboxEntries.inc({ tenant: tenantLabel(tenant), outcome: 'accepted' }, fresh);
        inboxEntries.inc({ tenant: tenantLabel(tenant), outcome: 'duplicate' }, duplicates);
      },
      decided(tenant: string, waitedMs: number): void {
        inboxEntries.inc({ tenant: tenantLabel(tenant), outcome: 'handled' });
        inboxSeconds.observe(waitedMs / 1000);
      },
      conflict(tenant: string): void {
        inboxEntries.inc({ tenant: tenantLabel(tenant), outcome: 'conflict' });
      },
      quarantined(tenant: string): void {
        inboxEntries.inc({ tenant: tenantLabel(tenant), outcome: 'quarantined' });
      },
      attemptFailed(tenant: string, key: string, kind: string): void {
        outboxAttempts.inc({ tenant: tenantLabel(tenant), leg: legKind(key), kind });
      },
      finished(tenant: string, key: string, status: string, tookMs: number): void {
        const leg = legKind(key);
        outboxOutcomes.inc({ tenant: tenantLabel(tenant), leg, status });
        outboxSeconds.observe({ leg }, tookMs / 1000);
      },
    },
    beyondSendLimit(tenant: string, line: string, limit: string): void {
      beyondSendLimits.inc({ tenant: tenantLabel(tenant), line: lineLabel(line), limit });
    },
    smsSegments(tenant: string, line: string, segments: number): void {
      smsSegments.inc({ tenant: tenantLabel(tenant), line: lineLabel(line) }, segments);
    },
    ruleFailed(tenant: string): void {
      failedRules.inc({ tenant: tenantLabel(tenant) });
    },
    promiseEnded(tenant: string, queue: string, promise: string, outcome: string): void {
      promises.inc({ tenant: tenantLabel(tenant), queue: queueLabel(queue), promise, outcome });
    },
    /** Fits `onGroup` of the embedded store. */
    storeGroup(group: { readonly batches: number; readonly bytes: number; readonly seconds: number }): void {
      storeSeconds.observe(group.seconds);
      storeCommits.observe(group.batches);
      storeBytes.inc(group.bytes);
    },
    /** `status`: 0 if there was no answer. */
    homeserverRequest(homeserver: string, method: string, status: number, seconds: number): void {
      homeserverSeconds.observe({ homeserver, method, status: statusLabel(status) }, seconds);
    },
    homeserverTransaction(homeserver: string, status: number, seconds: number): void {
      transactionSeconds.observe({ homeserver, status: statusLabel(status) }, seconds);
    },
    /** Fits `onAnswer` of the HTTP server. */
    httpAnswer(answer: { readonly route: string; readonly status: number; readonly seconds: number }): void {
      httpSeconds.observe({ route: answer.route, status: statusLabel(answer.status) }, answer.seconds);
    },
    lineState(tenant: string, channel: string, line: string, state: string): void {
      const labels = { tenant: tenantLabel(tenant), channel, line: lineLabel(line) };
      for (const one of lineStateNames) {
        lineStates.set({ ...labels, state: one }, one === state ? 1 : 0);
      }
    },
    lineRemoved(tenant: string, channel: string, line: string): void {
      const labels = { tenant: tenantLabel(tenant), channel, line: lineLabel(line) };
      for (const state of lineStateNames) lineStates.remove({ ...labels, state });
    },
    /** Asked at each scrape. At most once for a registry. */
    depths(source: () => Promise<Iterable<Depth>> | Iterable<Depth>): void {
      new Gauge({
        name: 'switchboard_queue_depth',
        help: 'Events and deliveries that wait (all tenants together), and events in quarantine (by tenant, counted up to 1000).',
        labelNames: ['queue', 'tenant'],
        registers,
        async collect() {
          const depths = [...(await source())];
          this.reset();
          for (const { queue, tenant, depth } of depths)
            this.inc({ queue, tenant: tenantLabel(tenant) }, depth);
        },
      });
    },
  };
}

const lineStateNames = ['connecting', 'connected', 'disconnected', 'unauthorised'];

/** A leg's key names the conversation; only what is before the colon is a kind. */
function legKind(key: string): string {
  const [kind] = key.split(':', 1);
  if (kind === 'room' || kind === 'tenant' || kind === 'chooser') return kind;
  return key.startsWith('service') ? 'service' : 'line';
}

function statusLabel(status: number): string {
  return status === 0 ? 'none' : `${Math.floor(status / 100)}xx`;
}
export type Metrics = ReturnType<typeof createMetrics>;
