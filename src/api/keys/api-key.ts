import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { as, tenantIdPattern, type TenantId } from '../../platform/ids.ts';
import { defineCollection } from '../../store/store.ts';
import type { Scope } from '../scopes.ts';

/** A key with which a tenant's own programs call the REST API; id: {@link KeyName}'s. Of its secret only a hash is kept. */
export interface ApiKey {
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** SHA-256 of the secret, base64url. The secret is random in 256 bits, so nobody can guess what gives a hash. */
  readonly hash: string;
  readonly createdAt: number;
  /** Absent: never. */
  readonly expiresAt?: number;
}

export const apiKeys = defineCollection<ApiKey>('api-keys', { byAge: ['createdAt'] });

/** When a key was used last, to about five minutes; id = key. Apart from the key, so that use and change never conflict. */
export const apiKeyUses = defineCollection<{ readonly at: number }>('api-key-uses');

/** What a bearer token says of itself, before anybody knows whether it is one of ours. */
export interface PresentedKey {
  readonly tenant: TenantId;
  readonly id: string;
  readonly secret: string;
}

/** `sbk_<tenant>.<id>.<secret>`: begins in a way that scanners of leaked secrets can look for. */
const pattern = /^sbk_([a-z0-9-]{1,32})\.([\w-]{16})\.([\w-]{43})$/;

export function readKey(token: string): PresentedKey | undefined {
  const [, tenant = '', id = '', secret = ''] = pattern.exec(token) ?? [];
  return tenantIdPattern.test(tenant) ? { tenant: as(tenant), id, secret } : undefined;
}

/** The part of a key that may be shown: by it people recognise theirs. */
export function prefixOf(tenant: TenantId, id: string): string {
  return `sbk_${tenant}.${id}`;
}

export function makeKey(tenant: TenantId): {
  readonly id: string;
  readonly token: string;
  readonly hash: string;
} {
  const id = randomBytes(12).toString('base64url');
  const secret = randomBytes(32).toString('base64url');
  return { id, token: `${prefixOf(tenant, id)}.${secret}`, hash: digest(secret).toString('base64url') };
}

export function isSecretOf({ hash }: ApiKey, secret: string): boolean {
  const [kept, given] = [Buffer.from(hash, 'base64url'), digest(secret)];
  return kept.length === given.length && timingSafeEqual(kept, given);
}

function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
