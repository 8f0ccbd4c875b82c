import type { Tenant } from './tenant.ts';

/**
 * The tenant as it speaks to somebody of this language (BCP 47): `pt-BR` gets what there is in `pt-br`, else in `pt`, else the tenant's
 * own texts; so does each text that is missing there.
 */
export function speaking(tenant: Tenant, language: string | undefined): Tenant {
  if (language === undefined) return tenant;
  const subtags = language.toLowerCase().replaceAll('_', '-').split('-');
  for (let length = subtags.length; length > 0; length -= 1) {
    const name = subtags.slice(0, length).join('-');
    const { textsIn = {} } = tenant;
    const texts = Object.hasOwn(textsIn, name) ? textsIn[name] : undefined;
    if (texts !== undefined) return { ...tenant, texts: { ...tenant.texts, ...texts } };
  }
  return tenant;
}
