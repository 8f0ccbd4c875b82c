import { describe, expect, it } from 'vitest';
import { createDeclaredDirectory } from '../../src/directory/directory.ts';
import type { LineSettings, Tenant } from '../../src/directory/tenant.ts';
import { textsFor } from '../../src/directory/texts-for.ts';
import { as, type LineId, type ServiceId, type TenantId } from '../../src/platform/ids.ts';
import { tenantOf } from '../sessions/world.ts';

const acme: Tenant = {
  ...tenantOf({}),
  identifiers: [
    '+49 30 123456',
    { identifier: 'billing@acme.example', service: as<ServiceId>('billing') },
    { identifier: 'Hauptstraße 5, Berlin', kind: 'address' },
    'Help',
  ],
};
const bolt: Tenant = { ...tenantOf({}), id: as<TenantId>('bolt'), name: 'Bolt', identifiers: ['help'] };

describe('resolve', () => {
  const directory = createDeclaredDirectory([acme, bolt]);
  it.each([
    ['0049 (0)30 12 34 56', { outcome: 'hit', tenant: 'acme' }],
    ['ACME', { outcome: 'hit', tenant: 'acme' }],
    ['Billing@Acme.Example', { outcome: 'hit', tenant: 'acme', service: 'billing' }],
    ['Haupt-Str. 5, BERLIN', { outcome: 'hit', tenant: 'acme' }],
    ['bolt', { outcome: 'hit', tenant: 'bolt' }],
    ['HELP', { outcome: 'ambiguous', tenants: ['acme', 'bolt'] }],
    ['nobody', { outcome: 'unknown' }],
    ['', { outcome: 'unknown' }],
    ['__proto__', { outcome: 'unknown' }],
  ])('%s', (written, expected) => {
    expect(directory.resolve(written)).toMatchObject(expected);
  });
});

describe('a directory that changes', () => {
  const late = as<LineId>('late');
  const line = { ...tenantOf({}).lines.values().next().value, id: late } as LineSettings;

  it('forgets the identifiers that a tenant no longer has', () => {
    const directory = createDeclaredDirectory([acme, bolt]);
    directory.putTenant({ ...acme, name: 'Acme Two', identifiers: [] });
    expect(directory.resolve('+4930123456').outcome).toBe('unknown');
    expect(directory.resolve('acme two')).toMatchObject({ outcome: 'hit', tenant: 'acme' });
    expect(directory.resolve('help')).toMatchObject({ outcome: 'hit', tenant: 'bolt' });
    directory.removeTenant(bolt.id);
    expect(directory.resolve('help').outcome).toBe('unknown');
    expect(directory.tenants().map(({ id }) => id)).toEqual(['acme']);
  });

  it('keeps lines that were put when their tenant changes, until the tenant goes', () => {
    const directory = createDeclaredDirectory([acme]);
    directory.putLine(acme.id, line);
    directory.putTenant({ ...acme, name: 'Acme Two' });
    expect([...(directory.tenant(acme.id)?.lines.keys() ?? [])].sort()).toEqual(['front', 'late']);
    directory.removeLine(acme.id, late);
    expect(directory.tenant(acme.id)?.lines.has(late)).toBe(false);
    directory.putLine(acme.id, line);
    directory.removeTenant(acme.id);
    directory.putTenant(acme);
    expect(directory.tenant(acme.id)?.lines.has(late)).toBe(false);
  });

  it('gives no line to a tenant that is not there', () => {
    const directory = createDeclaredDirectory([]);
    directory.putLine(acme.id, line);
    expect(directory.tenant(acme.id)).toBeUndefined();
  });
});

it('a tenant speaks the language that it has the texts of', () => {
  const tenant: Tenant = {
    ...acme,
    texts: { greeting: 'Hello', closed: 'Bye' },
    textsIn: { pt: { greeting: 'Olá' }, 'pt-br': { greeting: 'Oi' } },
  };
  const greeting = (language?: string) => textsFor(tenant.texts, tenant.textsIn, language);
  expect(greeting('pt-BR')).toEqual({ greeting: 'Oi', closed: 'Bye' });
  expect(greeting('pt_PT').greeting).toBe('Olá');
  for (const language of [undefined, 'fr', '', 'constructor'])
    expect(greeting(language).greeting).toBe('Hello');
});
