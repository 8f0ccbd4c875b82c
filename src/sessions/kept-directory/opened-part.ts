import { z } from 'zod';
import { partId, partPlace, type KeptPart, type Part } from '../../directory/kept/kept-part.ts';
import type { TenantId } from '../../platform/ids.ts';
import type { SecretBox } from '../../secrets/secret-box.ts';
import { secretsIn } from '../kept-lines/secret-fields.ts';

/** A part with its secrets. */
export interface OpenedPart extends Part {
  /** Why its secrets are missing; `[set]` stands in their places. */
  readonly problem?: string;
}

const bodySchema = z.record(z.string(), z.unknown());

export function openPart(
  box: SecretBox,
  tenant: TenantId,
  { kind, name, body, sealed }: KeptPart,
): OpenedPart {
  const part = { kind, name };
  if (sealed === undefined) return { ...part, body };
  try {
    const json = box.open(partPlace(tenant, partId(part)), sealed);
    return { ...part, body: bodySchema.parse(JSON.parse(json)) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'they cannot be read';
    return { ...part, body, problem: `its secrets cannot be decrypted: ${reason}` };
  }
}

/** What is stored of a part. `shown`: its body as it may be shown. @throws {NoSecretKey} */
export function closePart(
  box: SecretBox,
  tenant: TenantId,
  part: Part,
  shown: object,
): Pick<KeptPart, 'kind' | 'name' | 'body' | 'sealed'> {
  const { kind, name, body } = part;
  if (secretsIn(body, shown).size === 0) return { kind, name, body };
  const sealed = box.seal(partPlace(tenant, partId(part)), JSON.stringify(body));
  return { kind, name, body: shown, sealed };
}
