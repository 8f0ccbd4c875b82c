import type { ServiceSettings } from '../directory/service-settings.ts';
import { plainWord } from './programme/plain-word.ts';

/** “Let me talk to somebody”, as people write it who want nothing else. */
const usual: ReadonlySet<string> = new Set(
  [
    ...['agent', 'human', 'person', 'operator', 'representative', 'talk to an agent', 'talk to a human'],
    ...['agente', 'persona', 'humano', 'operador', 'asesor', 'hablar con un agente', 'atendente', 'pessoa'],
    ...['conseiller', 'un conseiller', 'humain', 'une personne', 'opérateur', 'parler à un conseiller'],
    ...['mitarbeiter', 'mensch', 'berater', 'mit einem mitarbeiter sprechen', 'medewerker', 'mens'],
    ...[
      'operatore',
      'umano',
      'konsultant',
      'człowiek',
      'operátor',
      'člověk',
      'temsilci',
      'müşteri temsilcisi',
    ],
    ...['оператор', 'человек', 'людина', 'موظف', 'وكيل', 'एजेंट', '人工', '转人工', '人工客服', 'オペレーター'],
  ].map(plainWord),
);

/** What the customer may write, at any time before an agent is there, to get one. */
export function agentWordsOf(settings: ServiceSettings | undefined): ReadonlySet<string> {
  if (settings?.kind !== 'dialog' || settings.agentWords.length === 0) return usual;
  return new Set([...usual, ...settings.agentWords.map(plainWord)]);
}
