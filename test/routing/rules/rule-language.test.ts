import { describe, expect, it } from 'vitest';
import { isFault, longestCondition, readCondition } from '../../../src/conditions/condition.ts';
import { languageOf } from '../../../src/routing/rules/rule-language.ts';
import { toVariables, type RuleFacts } from '../../../src/routing/rules/rule-facts.ts';

const language = languageOf({ calendars: ['office', 'night-shift'], queues: ['support', 'first-line'] });
const quiet = { waiting: 0, longestWait: 0, available: 2, free: 1 };
const facts: RuleFacts = {
  identifier: 'support@acme.example',
  line: 'front',
  network: 'sms',
  media: ['text', 'image'],
  app: { client: 'acme-ios', language: 'fr-CH', parameters: { plan: 'gold' } },
  contact: {
    id: 'c1',
    name: 'Cora',
    phone: '+41441234567',
    address: '+41441234567',
    details: { email: 'cora@example.org' },
    sessions: 3,
  },
  attributes: { topic: 'billing', amount: 250, tags: ['vip', 'late'], urgent: true, rate: 0.5 },
  language: 'fr-CH',
  hours: { office: 'open', 'night-shift': 'closed' },
  load: { support: { ...quiet, waiting: 12, longestWait: 90 }, 'first-line': quiet },
  text: 'Bonjour, ma facture de mai est fausse. Invoice 17!',
  now: Date.UTC(2026, 4, 4, 9, 30),
};

function decides(text: string): boolean {
  const read = readCondition(language, text);
  if (isFault(read)) throw new Error(`column ${String(read.column)}: ${read.reason}`);
  return read.holds(toVariables(facts));
}

function fault(text: string): string {
  const read = readCondition(language, text);
  return isFault(read) ? `${String(read.line)}:${String(read.column)} ${read.reason}` : 'no fault';
}

describe('the condition of a rule', () => {
  it.each([
    ['network == "sms" && line == "front"', true],
    ['network in ["xmpp", "web"]', false],
    ['"image" in media && !("video" in media)', true],
    ['size(media) == 1', false],
    ['identifier.endsWith("@acme.example")', true],
    ['language.startsWith("fr")', true],
    ['app.client == "acme-ios" && app.parameters.plan == "gold"', true],
    ['contact.sessions > 2 && contact.phone.startsWith("+41")', true],
    ['has(contact.details.email) && !has(contact.details.fax)', true],
    ['attributes.topic == "billing" && answers.topic == attributes.topic', true],
    ['attributes.amount >= 250 && attributes.amount < 300', true],
    ['attributes.amount == 250', true],
    ['attributes.rate < 1.0', true],
    ['"vip" in attributes.tags', true],
    ['attributes.urgent == true', true],
    ['has(attributes.nothing) && attributes.nothing == 1', false],
    ['hours.office == "open" && hours["night-shift"] == "closed"', true],
    ['load.support.waiting > 10 && load.support.longestWait >= 60', true],
    ['load["first-line"].available > 1 && load["first-line"].free == 1', true],
    ['text.mentions("invoice")', true],
    ['text.mentions(["rechnung", "facture"])', true],
    ['text.mentions("fact")', false],
    ['now.getDayOfWeek() == 1 && now.getHours() == 9', true],
    ['now > timestamp("2026-05-01T00:00:00Z")', true],
    ['network == "sms" ? true : attributes.nothing == 1', true],
    ['attributes.nothing == 1 || network == "sms"', true],
  ])('%s is %s', (text, expected) => {
    expect(decides(text)).toBe(expected);
  });

  it.each([
    ['netwrk == "sms"', '1:1 Unknown variable: netwrk'],
    ['contact.nmae == "x"', /^1:\d+ No such key: nmae/],
    ['hours.offce == "open"', /^1:\d+ No such key: offce/],
    ['load.sales.waiting > 1', /^1:\d+ No such key: sales/],
    ['contact.sessions > "many"', /^1:\d+ /],
    ['network == "sms" &&', /^1:\d+ /],
    ['network ==\n  "sms" @', /^2:\d+ /],
    ['network', /it gives string, not true or false/],
    ['attributes.vip', /compare it with something/],
    ['text.matches("(a+)+$")', /^1:\d+ matches cannot be used here: there are no regular expressions/],
    ['attributes.tags.exists(t, t == "vip")', /^1:\d+ exists cannot be used here/],
    ['attributes.tags.map(t, t).size() > 1', /^1:\d+ map cannot be used here/],
    ['cel.bind(x, text + text, x.size() > 1)', /bind cannot be used here/],
    ['now.getHours("Europe/Berlin") < 9', /takes no time zone here/],
    ['text.split("").size() > 1', /split cannot be used here/],
    [`text == "${'x'.repeat(longestCondition)}"`, /it is longer than 1000 signs/],
    [`${'('.repeat(60)}true${')'.repeat(60)}`, /./],
    [Array.from({ length: 60 }, () => 'line != ""').join(' && '), /./],
    [Array.from({ length: 30 }, () => 'text.mentions("a")').join(' || '), /it takes \d+ steps/],
  ])('is refused with the place and the reason: %s', (text, expected) => {
    const found = fault(text);
    expect(found).not.toBe('no fault');
    expect(found).toMatch(expected);
  });

  it('reaches nothing but the facts', () => {
    for (const text of [
      'contact.constructor == null',
      'process.exit == null',
      '__proto__ == null',
      'this == null',
    ])
      expect(fault(text)).not.toBe('no fault');
    expect(() => decides('attributes.constructor == null')).toThrow('No such key');
    expect(() => decides('app.parameters.__proto__ == "x"')).toThrow('No such key');
  });
});
