import type { ShownSession } from '../chat.ts';
import { h } from '../dom.ts';
import type { Language } from '../texts/language.ts';

/** A line between messages: who came, and where a chat ends or begins. Undefined where there is nothing to tell. */
export function sessionRow(row: ShownSession, language: Language): HTMLElement {
  const text = sessionText(row, language);
  if (text === undefined) return h('div', { class: 'nothing', hidden: true });
  return h('div', { class: 'divider' }, h('span', { dir: 'auto' }, text));
}

function sessionText(row: ShownSession, language: Language): string | undefined {
  if (row.state === 'closed') return language.text('ended');
  if (row.agentName !== undefined) return language.text('joined', { name: row.agentName });
  return row.first ? undefined : language.text('started');
}
