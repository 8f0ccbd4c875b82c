import type { Settings } from './config/load-config.ts';
import type { ProbeFinding } from './matrix/matrix-side.ts';
import { mustNotLeaveBehind } from './open-store.ts';
import { postgresFailure } from './postgres-failure.ts';
import { checkDatabase } from './store/postgres/check-database.ts';

/** Of `--check`: whether a start could open PostgreSQL, if that is the store. Changes nothing there. */
export async function checkStore(settings: Settings): Promise<ProbeFinding[]> {
  const { postgres, storeDirectory } = settings;
  if (postgres === undefined) return [];
  const check = 'store: PostgreSQL';
  try {
    const { server, role, isEncrypted, pending, isEmpty } = await checkDatabase(postgres);
    await mustNotLeaveBehind(isEmpty, storeDirectory);
    const words = [
      `version ${server}`,
      `role ${role}`,
      isEncrypted ? 'over TLS' : 'without TLS',
      ...(isEmpty ? ['empty'] : []),
      ...(pending === 0 ? [] : [`the next start applies ${pending} migrations`]),
    ];
    return [{ check, ok: true, detail: words.join(', ') }];
  } catch (error) {
    const detail = postgresFailure(settings, error);
    if (detail === undefined) throw error;
    return [{ check, ok: false, detail }];
  }
}
