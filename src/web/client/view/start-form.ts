import { h } from '../dom.ts';
import type { LineConfig } from '../protocol.ts';
import type { Language } from '../texts/language.ts';

export type About = Readonly<Partial<Record<'name' | 'email', string>>>;

/** What the visitor may tell before the first word; nothing of it must be. */
export function startForm(
  language: Language,
  askFor: LineConfig['askFor'],
  known: About,
  begin: (about: About) => void,
): HTMLFormElement {
  const fields = askFor.map((name) => {
    const input = h('input', {
      id: name,
      name,
      type: name === 'email' ? 'email' : 'text',
      autocomplete: name,
      maxlength: name === 'email' ? '200' : '100',
      dir: 'auto',
      value: known[name],
    });
    return {
      name,
      input,
      label: h(
        'label',
        { for: name },
        h('span', {}, language.text(name), ' ', h('small', {}, `(${language.text('optional')})`)),
        input,
      ),
    };
  });
  const form = h(
    'form',
    { class: 'start' },
    ...fields.map(({ label }) => label),
    h('button', { type: 'submit', class: 'primary' }, language.text('begin')),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const filled = fields.filter(({ input }) => input.value.trim() !== '');
    begin(Object.fromEntries(filled.map(({ name, input }) => [name, input.value.trim()])));
  });
  return form;
}
