import { expect, it } from 'vitest';
import { createDeclaredDirectory } from '../../../src/directory/directory.ts';
import { sharedTenant } from '../../../src/directory/shared-tenant.ts';
import type { Tenant } from '../../../src/directory/tenant.ts';
import { as, type LineId, type ServiceId } from '../../../src/platform/ids.ts';
import { directoryOf } from '../../../src/sessions/front/decide-front.ts';
import { findOwners } from '../../../src/sessions/front/find-owners.ts';
import { tenantOf } from '../world.ts';

const number = as<LineId>('number');
const front = tenantOf({}).lines.values().next().value!;
const sharing = (id: string, name: string, identifiers: Tenant['identifiers']): Tenant => ({
  ...tenantOf({}),
  id: as(id),
  name,
  identifiers,
  sharedLines: new Map([[number, { queue: as('support') }]]),
});
const directory = createDeclaredDirectory([
  sharedTenant(new Map([[number, { ...front, id: number }]]), { ledgerMs: 0 }),
  sharing('acme', 'Acme Parts', [
    'help@acme.example',
    '+49 30 123456',
    'acme.example',
    'city services',
    { identifier: 'billing@acme.example', service: as<ServiceId>('billing') },
  ]),
  sharing('bolt', 'Bolt', ['+1 555 123 4567', 'City Services', 'Order']),
  { ...sharing('alone', 'Alone', ['help@alone.example']), sharedLines: new Map() },
]);
const { resolve } = directoryOf(directory, number);

it.each([
  ['help@acme.example', 'acme'],
  ['Hello, I write to HELP@Acme.Example. Where is it?', 'acme'],
  ['please tell billing@acme.example that I paid', 'acme/billing'],
  ['is this https://www.acme.example/?utm_source=x or who', 'acme'],
  ['call me back from 0049 (0)30 12 34 56!', 'acme'],
  ['my note says \u202a+49\u00a030\u2011123456\u202c, is that you', 'acme'],
  ['<https://acme.example>', 'acme'],
  ['I saw “acme.example”', 'acme'],
  ['acme parts', 'acme'],
  ['@bolt hello there', 'bolt'],
  ['bolt', 'bolt'],
  ['Order', 'bolt'],
  // A name in a sentence may be just a word of it.
  ['where is my order?', 'perhaps bolt'],
  ['I have a question about Acme Parts and their screws', 'perhaps acme'],
  ['city services', 'acme bolt'],
  ['from help@acme.example to @bolt', 'acme bolt'],
  ['billing@acme.example or help@acme.example', 'acme'],
  ['help@alone.example', 'unknown'],
  ['Alone', 'unknown'],
  ['', 'unknown'],
  ['?!', 'unknown'],
])('%s: %s', (text, expected) => {
  const found = findOwners(text, resolve);
  const said =
    found.outcome === 'hit'
      ? [found.owner.tenant, found.owner.service].filter((part) => part !== undefined).join('/')
      : found.outcome === 'unknown'
        ? 'unknown'
        : `${found.isSure ? '' : 'perhaps '}${found.owners.map(({ tenant }) => tenant).join(' ')}`;
  expect(said).toBe(expected);
});

it('a long text that names nobody is read to an end, whatever it is made of', () => {
  for (const piece of ['nothing at all ', 'a', 'a.', '1 ', '-', 'a@', '@', 'ß', '\u0301'])
    expect(findOwners(piece.repeat(20_000), resolve).outcome).toBe('unknown');
});
