import { expect, it, onTestFinished } from 'vitest';
import { declaredDialog } from '../fixtures/declared-dialog.ts';
import { calendars } from './calendars.ts';
import { openWorld, type WorldOptions } from './world.ts';

const hour = 3_600_000;
const texts = {
  greeting: 'Welcome',
  allBusy: 'All are busy',
  agentJoined: 'You talk to {agent}',
  closed: 'Bye',
  closedNow: 'Closed until {opensAt}',
};
const german = {
  greeting: 'Willkommen',
  allBusy: 'Alle sprechen',
  agentJoined: 'Sie sprechen mit {agent}',
  closed: 'Tschüss',
  closedNow: 'Geschlossen bis {opensAt}',
};

async function open(options: WorldOptions = {}) {
  const world = await openWorld({
    texts,
    tenants: (usual) => usual.map((tenant) => ({ ...tenant, textsIn: { de: german } })),
    ...options,
  });
  onTestFinished(() => world.close());
  return world;
}
const tells = [
  ['the network', { details: { language: 'de-AT' } }],
  ['their app', { app: { language: 'de' } }],
] as const;

it.each(tells)('all that the tenant tells is in the language that %s told', async (_who, profile) => {
  const world = await open({ agents: ['anna'], capacity: 1 });
  await world.desk('anna').says('!break');
  const karl = world.customer('karl');
  const message = { content: { kind: 'text', text: 'Hallo' } };
  await karl.tells({ kind: 'message', message, profile });
  expect(karl.saw()).toEqual(['Acme: Willkommen', 'Acme: Alle sprechen']);
  await world.desk('anna').says('!available');
  const anna = world.anna(karl.conversation);
  await anna.joins();
  expect(karl.saw().at(-1)).toBe('Acme: Sie sprechen mit Anna');
  await anna.says('!close');
  expect(karl.saw().at(-1)).toBe('Acme: Tschüss');
});

it.each(tells)('when somebody is there again, too, in the language that %s told', async (_who, profile) => {
  const world = await open({ calendars, queue: { calendar: 'office' } });
  world.clock.advance(5 * hour);
  const karl = world.customer('karl');
  await karl.tells({ kind: 'profile', profile });
  await karl.says('Hallo');
  expect(karl.saw()).toEqual(['Acme: Willkommen', 'Acme: Geschlossen bis Freitag, 09:00']);
});

it('who chooses a language in a dialog is told the rest in it', async () => {
  const dialog = declaredDialog(`
    languages: [en, de]
    steps:
      - name: language
        do: ask
        text: { en: Which language?, de: Welche Sprache? }
        answer: { kind: choice, options: [{ value: de, label: { en: Deutsch, de: Deutsch } }, { value: en, label: { en: English, de: English } }] }
  `);
  const world = await open({
    services: { welcome: dialog },
    service: 'welcome',
    calendars,
    queue: { calendar: 'office' },
  });
  world.clock.advance(5 * hour);
  const karl = world.customer('karl');
  await karl.says('Hallo');
  await karl.says('Deutsch');
  expect(karl.saw().at(-1)).toBe('Acme: Geschlossen bis Freitag, 09:00');
});

it('customers are told in their language what the tenant tells them, from the first word on', async () => {
  const textsIn = { de: { greeting: 'Willkommen bei {tenant}' } };
  const world = await openWorld({
    texts: { greeting: 'Welcome to {tenant}', closed: 'Bye' },
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
