import { describe, expect, test } from 'vitest';
import { ensureSynapse } from '../../dev/synapse/ensure-synapse.ts';
import { startSynapse } from '../../dev/synapse/start-synapse.ts';
import { generateRegistration } from '../../src/matrix/registration.ts';
import { runComparison, type Outcome } from '../peers/homeserver/comparison.ts';
import { startStandIn } from '../peers/homeserver/stand-in-homeserver.ts';

const synapse = await ensureSynapse(console.log);
if ('unavailable' in synapse) console.warn(`skipped: ${synapse.unavailable}`);
const registration = generateRegistration({ id: 'sb', url: null, prefix: '_sb_', domain: 'localhost' });

describe.skipIf('unavailable' in synapse)('the stand-in homeserver', () => {
  test('gives the outcomes that Synapse gives', async () => {
    if ('unavailable' in synapse) return;
    const real = await startSynapse({ root: synapse.root, registrations: [registration] });
    const standIn = await startStandIn({ registrations: [registration], serverName: 'localhost' });
    let outcomes: readonly [Outcome[], Outcome[]];
    try {
      outcomes = [
        await runComparison(
          {
            url: real.base,
            serverName: real.serverName,
            registration,
            registrationSecret: real.registrationSecret,
          },
          () => real.restart(),
        ),
        await runComparison(
          {
            url: standIn.url,
            serverName: standIn.serverName,
            registration,
            registrationSecret: standIn.registrationSecret,
          },
          () => standIn.restart(),
        ),
      ];
    } finally {
      await Promise.all([real.stop(), standIn.stop()]);
    }
    const [expected, found] = outcomes;
    expect(expected.length).toBeGreaterThan(90);
    expect(found).toEqual(expected);
  });
});
