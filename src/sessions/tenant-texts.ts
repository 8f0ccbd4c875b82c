import { textsFor } from '../directory/texts-for.ts';
import type { TenantTexts } from '../directory/tenant.ts';
import type { Draft } from './draft.ts';
import { languageOf } from './programme/language-of.ts';

/** What the tenant tells the customer of the open session, in the language in which they are spoken to at the moment. */
export function tenantTexts(draft: Draft): TenantTexts {
  const { texts, textsIn } = draft.state.tenant;
  return textsFor(texts, textsIn, languageOf(draft));
}
