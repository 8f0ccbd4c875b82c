import { h, spoken } from '../dom.ts';
import type { Language } from '../texts/language.ts';

/** Asks whether to end the chat. */
export function endQuestion(language: Language, end: () => void, keep: () => void): HTMLElement {
  return h(
    'div',
    { class: 'closing', role: 'group', 'aria-label': language.text('endQuestion') },
    h('p', {}, language.text('endQuestion')),
    h(
      'div',
      { class: 'buttons' },
      h('button', { type: 'button', class: 'secondary', click: keep }, language.text('keep')),
      h('button', { type: 'button', class: 'primary', click: end }, language.text('end')),
    ),
  );
}

/** The chat is over; another may begin. */
export function endedNote(language: Language, startNew: () => void): HTMLElement {
  return h(
    'div',
    { class: 'closing', role: 'group', 'aria-label': language.text('ended') },
    spoken(language.text('ended')),
    h('button', { type: 'button', class: 'primary', click: startNew }, language.text('startNew')),
  );
}
