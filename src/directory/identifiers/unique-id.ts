import { foldText } from './fold-text.ts';

/** A number of a register, of a customer, of a contract: letters and digits only, in one case. */
export function normaliseUniqueId(written: string): string | undefined {
  const id = foldText(written).replace(/[^\p{L}\p{N}\p{M}]+/gu, '');
  return id === '' || id.length > 100 ? undefined : foldText(id);
}
