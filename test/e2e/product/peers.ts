import { ensureChromium } from '../../../dev/chromium.ts';
import { ensureProsody } from '../../../dev/prosody/ensure-prosody.ts';
import { ensureSynapse } from '../../../dev/synapse/ensure-synapse.ts';

const ensure = {
  synapse: async () => ensureSynapse(),
  prosody: async () => ensureProsody(),
  chromium: async () => ensureChromium(),
} as const;

export type Peer = keyof typeof ensure;

/** Why tests that need these real servers must skip, in words for their title; undefined where all are there. */
export async function missing(...peers: readonly Peer[]): Promise<string | undefined> {
  const reasons: string[] = [];
  // One after the other: two of them may call apt-get, which locks.
  for (const peer of peers) {
    const found = await ensure[peer]();
    if ('unavailable' in found) reasons.push(`no ${peer}: ${found.unavailable}`);
  }
  return reasons.length === 0 ? undefined : `(skipped, ${reasons.join('; ')})`;
}
