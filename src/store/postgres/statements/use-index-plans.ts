import type { ClientBase } from 'pg';

/**
 * For all statements of a connection plans by index only. Left to itself the server plans for the table as it last counted it,
 * empty at first, and keeps to reading all of it while it grows.
 */
export async function useIndexPlans(client: ClientBase): Promise<void> {
  await client.query(settings.map((setting) => `SET ${setting} = off`).join('; '));
}

const settings = [
  ...['enable_seqscan', 'enable_bitmapscan', 'enable_hashjoin', 'enable_mergejoin', 'enable_material'],
  'jit',
];
