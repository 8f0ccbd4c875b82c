import type { Environment } from '@marcbachmann/cel-js';
import { conditionLanguage } from '../../conditions/language.ts';
import { AppFacts, ContactFacts, HoursFacts, LoadFacts, QueueLoadFacts } from './rule-facts.ts';

/** What conditions may name beside the facts that every tenant has. */
export interface RuleNames {
  readonly calendars: readonly string[];
  readonly queues: readonly string[];
}

const texts = 'map<string, string>';

const base = conditionLanguage()
  .registerType('App', {
    ctor: AppFacts,
    fields: { client: 'string', language: 'string', parameters: texts },
  })
  .registerType('Contact', {
    ctor: ContactFacts,
    fields: {
      id: 'string',
      name: 'string',
      phone: 'string',
      address: 'string',
      details: texts,
      sessions: 'int',
    },
  })
  .registerType('QueueLoad', {
    ctor: QueueLoadFacts,
    fields: { waiting: 'int', longestWait: 'int', available: 'int', free: 'int' },
  })
  .registerVariable('identifier', 'string')
  .registerVariable('line', 'string')
  .registerVariable('network', 'string')
  .registerVariable('media', 'list<string>')
  .registerVariable('app', 'App')
  .registerVariable('contact', 'Contact')
  .registerVariable('attributes', 'map<string, dyn>')
  .registerVariable('answers', 'map<string, dyn>')
  .registerVariable('language', 'string')
  .registerVariable('text', 'string')
  .registerVariable('now', 'google.protobuf.Timestamp');

/** The language in which a tenant's conditions are written: a name that does not exist is found when they are read. */
export function languageOf({ calendars, queues }: RuleNames): Environment {
  const each = (names: readonly string[], type: string): Record<string, string> =>
    Object.fromEntries(names.map((name) => [name, type]));
  return base
    .clone()
    .registerType('Hours', { ctor: HoursFacts, fields: each(calendars, 'string') })
    .registerType('Load', { ctor: LoadFacts, fields: each(queues, 'QueueLoad') })
    .registerVariable('hours', 'Hours')
    .registerVariable('load', 'Load');
}
