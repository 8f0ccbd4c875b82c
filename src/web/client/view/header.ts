import { h, show } from '../dom.ts';
import { icon } from '../icons.ts';
import type { Session } from '../protocol.ts';
import type { Language } from '../texts/language.ts';

export interface HeaderEvents {
  close(): void;
  end(): void;
}

/** Who one talks to, and the ways out. */
export class Header {
  readonly element: HTMLElement;
  readonly #language: Language;
  readonly #title: string;
  readonly #avatar = h('span', { class: 'avatar', 'aria-hidden': 'true' });
  readonly #state = h('bdi', { class: 'state' });
  readonly #end: HTMLButtonElement;

  constructor(language: Language, title: string, closable: boolean, events: HeaderEvents) {
    this.#language = language;
    this.#title = title;
    this.#end = h(
      'button',
      { type: 'button', class: 'end', hidden: true, click: () => events.end() },
      language.text('end'),
    );
    this.element = h(
      'header',
      {},
      this.#avatar,
      h('div', { class: 'titles' }, h('h2', {}, h('bdi', {}, title)), this.#state),
      this.#end,
      closable
        ? h(
            'button',
            {
              type: 'button',
              class: 'round',
              'aria-label': language.text('close'),
              title: language.text('close'),
              click: () => events.close(),
            },
            icon('close'),
          )
        : undefined,
    );
  }

  show(session: Session): void {
    const { state, agentName } = session;
    const open = state === 'open';
    if (open && agentName !== undefined)
      this.#state.textContent = this.#language.text('withAgent', { name: agentName });
    else
      this.#state.textContent = this.#language.text(
        open ? 'waiting' : state === 'closed' ? 'ended' : 'ready',
      );
    const initial = Array.from((open ? agentName : undefined) ?? this.#title)[0] ?? '';
    this.#avatar.textContent = initial.toLocaleUpperCase(this.#language.tag);
    show(this.#end, open);
  }
}
