import type { Attributes } from '../../services/instruction.ts';
import type { Draft } from '../draft.ts';

/** The customer's language, BCP 47: what they chose in a dialog (attribute `language`), else what their app or network told; empty where nobody did. */
export function languageOf(
  { address, contact, session }: Draft,
  attributes: Attributes = session.attributes ?? {},
): string {
  const { language: chosen } = attributes;
  if (typeof chosen === 'string' && chosen !== '') return chosen;
  return address.app?.language ?? contact.details?.['language'] ?? '';
}
