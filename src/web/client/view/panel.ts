import { h, show } from '../dom.ts';
import { icon } from '../icons.ts';
import type { Language } from '../texts/language.ts';

/** The window of the chat: what is stacked in it, and what moves over it. */
export class Panel {
  readonly element: HTMLElement;
  readonly #language: Language;
  readonly #banner = h('div', { class: 'banner', role: 'status', hidden: true });
  readonly #typing = h('div', { class: 'typing', hidden: true });
  readonly #bottom = h('div', {});
  readonly #drop: HTMLElement;
  #dragging = 0;

  constructor(
    language: Language,
    title: string,
    parts: { header: HTMLElement; log: HTMLElement },
    dropped: (files: FileList) => void,
  ) {
    this.#language = language;
    this.#drop = h('div', { class: 'drop', hidden: true }, language.text('dropHere'));
    this.element = h(
      'section',
      { class: 'panel', id: 'panel', 'aria-label': language.text('dialog', { title }) },
      parts.header,
      this.#banner,
      parts.log,
      this.#typing,
      this.#bottom,
      this.#drop,
    );
    this.#takeDrops(dropped);
  }

  /** What stands below the messages: where to write, a form, a question. */
  setBottom(element: HTMLElement): void {
    if (this.#bottom.firstChild !== element) this.#bottom.replaceChildren(element);
  }

  banner(text: string | undefined): void {
    show(this.#banner, text !== undefined);
    if (text === undefined) this.#banner.replaceChildren();
    else if (this.#banner.textContent !== text)
      this.#banner.replaceChildren(icon('alert'), h('span', { dir: 'auto' }, text));
  }

  typing(name: string | undefined, active: boolean): void {
    show(this.#typing, active);
    if (!active) {
      this.#typing.replaceChildren();
      return;
    }
    const dots = h('span', { class: 'dots', 'aria-hidden': 'true' }, h('i'), h('i'), h('i'));
    const who = h('bdi', {}, name ?? this.#language.text('support'));
    this.#typing.replaceChildren(dots, h('span', {}, who, ' ', this.#language.text('typing')));
  }

  /** Keeps Tab inside where the panel covers the whole page. */
  trapTab(event: KeyboardEvent, active: Element | null): void {
    const stops = [
      ...this.element.querySelectorAll<HTMLElement>(
        'a[href],button:not(:disabled),textarea,input:not([hidden]),audio[controls],video[controls],[tabindex="0"]',
      ),
    ].filter((each) => each.tabIndex >= 0 && each.getClientRects().length > 0);
    const goal = event.shiftKey ? stops.at(-1) : stops[0];
    const edge = event.shiftKey ? stops[0] : stops.at(-1);
    if (goal === undefined || active !== edge) return;
    event.preventDefault();
    goal.focus();
  }

  #takeDrops(dropped: (files: FileList) => void): void {
    const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true;
    const within = (change: number): void => {
      this.#dragging = Math.max(0, this.#dragging + change);
      show(this.#drop, this.#dragging > 0);
    };
    this.element.addEventListener('dragenter', (event) => hasFiles(event) && within(1));
    this.element.addEventListener('dragleave', (event) => hasFiles(event) && within(-1));
    this.element.addEventListener('dragover', (event) => {
      if (hasFiles(event)) event.preventDefault();
    });
    this.element.addEventListener('drop', (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      within(-this.#dragging);
      if (event.dataTransfer !== null) dropped(event.dataTransfer.files);
    });
  }
}
