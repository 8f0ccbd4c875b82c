import { h, show } from '../dom.ts';
import { icon } from '../icons.ts';
import type { Language } from '../texts/language.ts';

/** Files that were chosen and are not sent yet. */
export class StagedFiles {
  readonly element = h('ul', { class: 'staged', hidden: true });
  readonly #language: Language;
  readonly #maxBytes: number;
  readonly #changed: () => void;
  readonly #notice: (text: string) => void;
  #files: readonly File[] = [];
  #addresses: string[] = [];

  constructor(language: Language, maxBytes: number, changed: () => void, notice: (text: string) => void) {
    this.#language = language;
    this.#maxBytes = maxBytes;
    this.#changed = changed;
    this.#notice = notice;
  }

  get files(): readonly File[] {
    return this.#files;
  }

  add(files: Iterable<File>): void {
    for (const file of files) {
      if (file.size === 0) this.#notice(this.#language.text('emptyFile', { name: file.name }));
      else if (file.size > this.#maxBytes) {
        const size = this.#language.size(this.#maxBytes);
        this.#notice(this.#language.text('tooLarge', { name: file.name, size }));
      } else this.#files = [...this.#files, file];
    }
    this.#draw();
  }

  clear(): void {
    this.#files = [];
    this.#draw();
  }

  #draw(): void {
    for (const address of this.#addresses) URL.revokeObjectURL(address);
    this.#addresses = [];
    this.element.replaceChildren(...this.#files.map((file) => this.#item(file)));
    show(this.element, this.#files.length > 0);
    this.#changed();
  }

  #item(file: File): HTMLElement {
    const remove = h(
      'button',
      {
        type: 'button',
        class: 'round',
        'aria-label': this.#language.text('removeFile', { name: file.name }),
        click: () => {
          this.#files = this.#files.filter((each) => each !== file);
          this.#draw();
        },
      },
      icon('close'),
    );
    return h(
      'li',
      {},
      this.#preview(file),
      h(
        'span',
        { class: 'card-text' },
        h('bdi', { class: 'card-title' }, file.name),
        h('bdi', { class: 'card-below' }, this.#language.size(file.size)),
      ),
      remove,
    );
  }

  #preview(file: File): Node {
    if (!/^image\/(png|jpeg|gif|webp|avif)$/.test(file.type))
      return h('span', { class: 'card-icon' }, icon('file'));
    const address = URL.createObjectURL(file);
    this.#addresses.push(address);
    return h('img', { src: address, alt: '' });
  }
}
