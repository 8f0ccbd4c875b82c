import { fetchSynapse, type SynapseTree } from './fetch-synapse.ts';

/**
 * For tests that need a real homeserver: the tree, or the reason for which they skip.
 * `SWITCHBOARD_NO_SYNAPSE=1` makes it unavailable, so that the skipping itself can be seen.
 */
export async function ensureSynapse(
  onProgress?: (line: string) => void,
): Promise<SynapseTree | { readonly unavailable: string }> {
  if (process.env['SWITCHBOARD_NO_SYNAPSE'] === '1')
    return { unavailable: 'SWITCHBOARD_NO_SYNAPSE=1 says not to use Synapse' };
  try {
    return await fetchSynapse(onProgress === undefined ? {} : { onProgress });
  } catch (error) {
    return { unavailable: error instanceof Error ? error.message : String(error) };
  }
}
