import type { ShownMessage } from '../chat.ts';
import { h, show } from '../dom.ts';
import { icon } from '../icons.ts';
import type { LineConfig } from '../protocol.ts';
import type { Language } from '../texts/language.ts';
import { StagedFiles } from './staged-files.ts';

export interface ComposerEvents {
  send(text: string, files: readonly File[], replyTo: ShownMessage | undefined): void;
  edit(message: ShownMessage, text: string): void;
  typing(active: boolean): void;
  /** The message that the arrow up edits. */
  lastOwn(): ShownMessage | undefined;
  /** Something to tell that nobody sees otherwise. */
  notice(text: string): void;
  draft(text: string): void;
}

/** A browser that types says so this often, in milliseconds; the server forgets it after 10 s. */
const typingEveryMs = 4_000;
/** After so long without a key, the visitor no longer types. */
const pauseMs = 6_000;

/** Where the visitor writes. */
export class Composer {
  readonly element: HTMLElement;
  readonly #language: Language;
  readonly #config: LineConfig;
  readonly #events: ComposerEvents;
  readonly #text: HTMLTextAreaElement;
  readonly #send: HTMLButtonElement;
  readonly #about = h('div', { class: 'about', hidden: true });
  readonly #counter = h('div', { class: 'counter', role: 'status', hidden: true });
  readonly #files: StagedFiles;
  #replyTo: ShownMessage | undefined;
  #editing: ShownMessage | undefined;
  #typingSince = 0;
  #typingEnds: ReturnType<typeof setTimeout> | undefined;

  constructor(language: Language, config: LineConfig, events: ComposerEvents) {
    this.#language = language;
    this.#config = config;
    this.#events = events;
    this.#files = new StagedFiles(
      language,
      config.maxFileBytes,
      () => this.#refresh(),
      (text) => events.notice(text),
    );
    this.#text = h('textarea', {
      rows: '1',
      maxlength: String(config.maxTextLength),
      placeholder: language.text('placeholder'),
      'aria-label': language.text('message'),
      enterkeyhint: 'send',
      autocomplete: 'off',
    });
    this.#send = h(
      'button',
      {
        type: 'submit',
        class: 'send',
        'aria-label': language.text('send'),
        title: language.text('send'),
        disabled: true,
      },
      icon('send'),
    );
    const picker = h('input', { type: 'file', multiple: true, hidden: true, tabindex: '-1' });
    picker.addEventListener('change', () => {
      this.addFiles(picker.files);
      picker.value = '';
      this.focus();
    });
    const attach = h(
      'button',
      {
        type: 'button',
        class: 'round attach',
        'aria-label': language.text('attach'),
        title: language.text('attach'),
        click: () => picker.click(),
      },
      icon('attach'),
    );
    const form = h('form', { class: 'compose' }, attach, picker, this.#text, this.#send);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.element = h('div', { class: 'composer' }, this.#about, this.#files.element, form, this.#counter);
    this.#text.addEventListener('input', () => this.#onInput());
    this.#text.addEventListener('keydown', (event) => this.#onKey(event));
    this.#text.addEventListener('paste', (event) => {
      const files = event.clipboardData?.files;
      if (files === undefined || files.length === 0) return;
      event.preventDefault();
      this.addFiles(files);
    });
  }

  focus(): void {
    this.#text.focus();
  }

  fill(text: string): void {
    this.#text.value = text;
    this.#refresh();
  }

  addFiles(files: Iterable<File> | null): void {
    if (files === null || this.#editing !== undefined) return;
    this.#files.add(files);
  }

  reply(message: ShownMessage, author: string, summary: string): void {
    this.#editing = undefined;
    this.#replyTo = message;
    const own = message.by === 'visitor';
    this.#explain(
      own ? this.#language.text('reply') : this.#language.text('replyingTo', { name: author }),
      summary,
    );
  }

  edit(message: ShownMessage): void {
    if (message.content?.kind !== 'text') return;
    this.#replyTo = undefined;
    this.#editing = message;
    this.#explain(this.#language.text('editing'), message.content.text);
    this.fill(message.content.text);
    this.#text.setSelectionRange(this.#text.value.length, this.#text.value.length);
  }

  /** True if there was something to cancel. */
  cancel(): boolean {
    if (this.#replyTo === undefined && this.#editing === undefined) return false;
    if (this.#editing !== undefined) this.#text.value = '';
    this.#replyTo = this.#editing = undefined;
    show(this.#about, false);
    this.#refresh();
    this.focus();
    return true;
  }

  #explain(title: string, summary: string): void {
    this.#about.replaceChildren(
      h(
        'div',
        { class: 'about-text' },
        h('strong', { dir: 'auto' }, title),
        h('span', { dir: 'auto' }, summary),
      ),
      h(
        'button',
        {
          type: 'button',
          class: 'round',
          'aria-label': this.#language.text('cancel'),
          click: () => this.cancel(),
        },
        icon('close'),
      ),
    );
    show(this.#about, true);
    this.focus();
  }

  #submit(): void {
    const text = this.#text.value.trim();
    const files = this.#files.files;
    if (text === '' && files.length === 0) return;
    const editing = this.#editing;
    if (editing !== undefined) {
      this.#text.value = '';
      this.cancel();
      this.#events.edit(editing, text);
    } else {
      const replyTo = this.#replyTo;
      this.#text.value = '';
      this.#files.clear();
      this.cancel();
      this.#events.send(text, files, replyTo);
    }
    this.#stopTyping();
    this.#events.draft('');
    this.#refresh();
    this.focus();
  }

  #onInput(): void {
    this.#refresh();
    if (this.#editing === undefined) this.#events.draft(this.#text.value);
    if (this.#text.value.trim() === '') {
      this.#stopTyping();
      return;
    }
    const now = Date.now();
    if (now - this.#typingSince >= typingEveryMs) {
      this.#typingSince = now;
      this.#events.typing(true);
    }
    clearTimeout(this.#typingEnds);
    this.#typingEnds = setTimeout(() => this.#stopTyping(), pauseMs);
  }

  #stopTyping(): void {
    clearTimeout(this.#typingEnds);
    if (this.#typingSince === 0) return;
    this.#typingSince = 0;
    this.#events.typing(false);
  }

  #onKey(event: KeyboardEvent): void {
    // While an input method composes a character, its Enter is not ours.
    if (event.isComposing) return;
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      this.#submit();
    } else if (event.key === 'Escape' && this.cancel()) {
      event.stopPropagation();
    } else if (event.key === 'ArrowUp' && this.#text.value === '') {
      const last = this.#events.lastOwn();
      if (last === undefined) return;
      event.preventDefault();
      this.edit(last);
    }
  }

  #refresh(): void {
    const text = this.#text;
    this.#send.disabled = text.value.trim() === '' && this.#files.files.length === 0;
    // Empty, it has the direction of the language, as its placeholder; else that of what is written.
    if (text.value === '') text.removeAttribute('dir');
    else text.dir = 'auto';
    text.style.height = 'auto';
    text.style.height = `${Math.min(text.scrollHeight, 140)}px`;
    const left = this.#config.maxTextLength - text.value.length;
    show(this.#counter, left < this.#config.maxTextLength / 20);
    this.#counter.textContent = this.#counter.hidden
      ? ''
      : this.#language.text('left', { count: this.#language.number(left) });
  }
}
