import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ourNames } from '../../../src/matrix/ghosts/our-users.ts';
import { as, type ContactId, type TenantId } from '../../../src/platform/ids.ts';

const registration = { id: 'x', asToken: 'a', hsToken: 'h', senderLocalpart: '_sb_bot', prefix: '_sb_' };
const names = ourNames({ domain: 'localhost', registration });
const tenantNames = fc.stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,10}[a-z0-9])?$/);

test('names are what the specification allows, ours, and never shared', () => {
  fc.assert(
    fc.property(
      tenantNames,
      fc.string(),
      tenantNames,
      fc.string(),
      (tenant, contact, otherTenant, otherContact) => {
        const ghost = names.ghostOf(as<TenantId>(tenant), as<ContactId>(contact));
        const other = names.ghostOf(as<TenantId>(otherTenant), as<ContactId>(otherContact));
        expect(ghost).toMatch(/^@_sb_[a-z0-9-]+_[0-9a-f]{32}:localhost$/);
        expect(names.isOurs(ghost)).toBe(true);
        expect(ghost === other).toBe(tenant === otherTenant && contact === otherContact);
      },
    ),
  );
});

test.each([
  ['@_sb_bot:localhost', true],
  ['@_sb_acme_00:localhost', true],
  ['@_sb_acme_00:evil.example', false],
  ['@alice:localhost', false],
  ['@x_sb_bot:localhost', false],
])('%s is ours: %s', (user, ours) => {
  expect(names.isOurs(user)).toBe(ours);
});

test('aliases of rooms, spaces and queues are apart', () => {
  const tenant = as<TenantId>('acme');
  const aliases = [
    names.roomAlias(tenant, as('c')),
    names.roomAlias(as<TenantId>('other'), as('c')),
    names.spaceAlias(tenant),
    names.spaceAlias(tenant, 'c'),
    names.spaceAlias(tenant, 'space'),
  ];
  expect(new Set(aliases).size).toBe(aliases.length);
  expect(names.fullAlias(names.spaceAlias(tenant))).toBe('#_sb_acme_space:localhost');
});
