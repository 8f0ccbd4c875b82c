import { expect, it, onTestFinished } from 'vitest';
import { openWorld } from './world.ts';

it('customers are told in their language what the tenant tells them, from the first word on', async () => {
  const texts = { greeting: 'Welcome to {tenant}', closed: 'Bye' };
  const textsIn = { de: { greeting: 'Willkommen bei {tenant}' } };
  const world = await openWorld({
    texts,
    tenants: (usual) => usual.map((tenant) => ({ ...tenant, textsIn })),
  });
  onTestFinished(() => world.close());
  const [karl, cora] = [world.customer('karl'), world.customer('cora')];
  const message = { content: { kind: 'text', text: 'Hallo' } };
  await karl.tells({ kind: 'message', message, profile: { details: { language: 'de-AT' } } });
  await cora.says('Hello');
  expect([karl.saw(), cora.saw()]).toEqual([['Acme: Willkommen bei Acme'], ['Acme: Welcome to Acme']]);
  const anna = world.anna(karl.conversation);
  await anna.joins();
  await anna.says('!close');
  expect(karl.saw().at(-1)).toBe('Acme: Bye');
  await karl.says('Noch etwas');
  expect(karl.saw().at(-1)).toBe('Acme: Willkommen bei Acme');
});
