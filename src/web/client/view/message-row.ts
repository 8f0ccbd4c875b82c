import type { ShownMessage } from '../chat.ts';
import { h, spoken } from '../dom.ts';
import { icon, type Icon } from '../icons.ts';
import type { Language } from '../texts/language.ts';
import { contentSummary, contentView } from './content.ts';

/** What can be done with a message. */
export interface MessageActions {
  reply(message: ShownMessage): void;
  edit(message: ShownMessage): void;
  retract(message: ShownMessage): void;
  react(message: ShownMessage, emoji: string, removed: boolean): void;
  pick(message: ShownMessage, option: { readonly id: string; readonly label: string }): void;
  tryAgain(message: ShownMessage): void;
  discard(message: ShownMessage): void;
  goTo(id: string): void;
}

export interface RowContext {
  readonly language: Language;
  readonly base: string;
  readonly actions: MessageActions;
  readonly readByAgent: number;
  /** The option that was picked, if the message is a choice. */
  readonly chosen: string | undefined;
  /** The one before is by the same author, a moment ago. */
  readonly grouped: boolean;
  /** So is the one after it: it tells the time for both. */
  readonly followed: boolean;
}

const emojis = ['👍', '❤️', '😂', '😮', '😢', '🙏'] as const;

/** One message on the screen. Each part is built anew only if what it shows has changed, so that nothing is read out twice. */
export class MessageRow {
  readonly element: HTMLElement;
  readonly #bubble = h('div', { class: 'bubble' });
  readonly #more: HTMLButtonElement;
  readonly #tools = h('div', { class: 'tools', role: 'toolbar', hidden: true });
  readonly #reactions = h('div', { class: 'reactions' });
  readonly #meta = h('div', { class: 'meta' });
  readonly #sender = h('div', { class: 'sender' });
  #message: ShownMessage;
  #context: RowContext;
  #shown: readonly unknown[] = [];
  #marked = '';

  constructor(message: ShownMessage, context: RowContext) {
    this.#message = message;
    this.#context = context;
    this.#more = h(
      'button',
      {
        type: 'button',
        class: 'more',
        'aria-label': context.language.text('actions'),
        'aria-expanded': 'false',
        tabindex: '-1',
        click: () => this.toggleTools(),
      },
      icon('more'),
    );
    this.element = h(
      'div',
      { class: `row ${message.by === 'visitor' ? 'own' : 'other'}`, 'data-id': message.id },
      this.#sender,
      h('div', { class: 'line' }, this.#bubble, this.#more),
      this.#tools,
      this.#reactions,
      this.#meta,
    );
    this.#tools.setAttribute('aria-label', context.language.text('actions'));
    this.#tools.addEventListener('keydown', (event) => this.#onToolKey(event));
    this.update(message, context);
  }

  update(message: ShownMessage, context: RowContext): void {
    this.#message = message;
    this.#context = context;
    this.element.classList.toggle('grouped', context.grouped);
    this.element.classList.toggle('waiting', message.pending !== undefined);
    this.element.classList.toggle('refused', message.pending?.refused !== undefined);
    const shown = [contentKey(message), message.pending?.file, context.chosen, message.replyTo?.id];
    if (shown.some((each, index) => each !== this.#shown[index]) || this.#shown.length === 0) {
      this.#shown = shown;
      this.#buildBubble();
    }
    const marked = JSON.stringify([
      message.reactions,
      message.edited,
      message.pending?.refused,
      this.#status(),
      context.grouped,
      context.followed,
      message.sequence === undefined,
    ]);
    if (marked === this.#marked) return;
    this.#marked = marked;
    this.#buildSender();
    this.#buildReactions();
    this.#buildMeta();
    this.#more.hidden = message.content === undefined || message.sequence === undefined;
    if (this.#more.hidden) this.toggleTools(false);
  }

  toggleTools(open = this.#tools.hidden): void {
    if (open) this.#buildTools();
    this.#tools.hidden = !open;
    this.#more.setAttribute('aria-expanded', String(open));
    if (open) {
      this.#tools.scrollIntoView({ block: 'nearest' });
      this.#tools.querySelector('button')?.focus();
    }
  }

  get moreButton(): HTMLButtonElement {
    return this.#more;
  }

  #text(key: Parameters<Language['text']>[0], values?: Parameters<Language['text']>[1]): string {
    return this.#context.language.text(key, values);
  }

  #author(): string {
    if (this.#message.by === 'visitor') return this.#text('you');
    return this.#message.sender ?? this.#text('support');
  }

  #buildSender(): void {
    const name = this.#author();
    if (this.#message.by === 'visitor' || this.#context.grouped)
      this.#sender.replaceChildren(spoken(`${name}:`));
    else this.#sender.replaceChildren(h('bdi', {}, name));
  }

  #buildBubble(): void {
    const { content, replyTo } = this.#message;
    const { language, base, actions } = this.#context;
    this.#bubble.className = `bubble of-${content?.kind ?? 'nothing'}`;
    if (content === undefined) {
      this.#bubble.replaceChildren(h('em', { class: 'text' }, this.#text('gone')));
      return;
    }
    const file = this.#message.pending?.file;
    const view = contentView(content, {
      language,
      base,
      pick: (option) => actions.pick(this.#message, option),
      ...(file === undefined ? {} : { localFile: file }),
      ...(this.#context.chosen === undefined ? {} : { chosen: this.#context.chosen }),
    });
    const quote =
      replyTo === undefined
        ? undefined
        : h(
            'button',
            { type: 'button', class: 'quote', dir: 'auto', click: () => actions.goTo(replyTo.id) },
            h('bdi', { class: 'quote-author' }, replyTo.author ?? this.#text('you')),
            h('span', { class: 'quote-text' }, replyTo.excerpt ?? '…'),
          );
    this.#bubble.replaceChildren(...(quote === undefined ? [view] : [quote, view]));
  }

  #buildReactions(): void {
    const { reactions } = this.#message;
    const chips = [...new Set(reactions.map(({ emoji }) => emoji))].map((emoji) => {
      const by = reactions.filter((each) => each.emoji === emoji).map((each) => each.by);
      const own = by.includes('visitor');
      const names = by.map((each) => (each === 'visitor' ? this.#text('you') : this.#text('support')));
      return h(
        'button',
        {
          type: 'button',
          class: 'reaction',
          'aria-pressed': String(own),
          'aria-label': this.#text('reactedBy', { emoji, names: names.join(', ') }),
          click: () => this.#context.actions.react(this.#message, emoji, own),
        },
        emoji,
        by.length > 1 ? h('span', { class: 'count' }, String(by.length)) : undefined,
      );
    });
    this.#reactions.replaceChildren(...chips);
    this.#reactions.hidden = chips.length === 0;
  }

  #status(): 'sending' | 'sent' | 'seen' | undefined {
    const { by, sequence, pending } = this.#message;
    if (by !== 'visitor' || pending?.refused !== undefined) return undefined;
    if (sequence === undefined) return 'sending';
    return sequence <= this.#context.readByAgent ? 'seen' : 'sent';
  }

  #buildMeta(): void {
    const { at, edited, content, pending } = this.#message;
    const { language, actions } = this.#context;
    const status = this.#status();
    const icons: Readonly<Record<'sending' | 'sent' | 'seen', Icon>> = {
      sending: 'clock',
      sent: 'check',
      seen: 'checks',
    };
    const time = h('time', { datetime: new Date(at).toISOString() }, language.time(at));
    const parts: Node[] = [time];
    if (edited && content !== undefined) parts.unshift(h('span', {}, this.#text('edited')));
    if (status !== undefined) {
      parts.push(h('span', { class: `status ${status}` }, icon(icons[status]), spoken(this.#text(status))));
    }
    const nothingNew = this.#context.followed && !edited && (status === undefined || status === 'seen');
    this.#meta.hidden = nothingNew && pending === undefined;
    if (pending?.refused !== undefined) {
      parts.splice(
        0,
        parts.length,
        h('span', { class: 'refusal' }, icon('alert'), this.#text('failed', { reason: pending.refused })),
        h(
          'button',
          { type: 'button', class: 'plain', click: () => actions.tryAgain(this.#message) },
          this.#text('tryAgain'),
        ),
        h(
          'button',
          { type: 'button', class: 'plain', click: () => actions.discard(this.#message) },
          this.#text('discard'),
        ),
      );
    }
    this.#meta.replaceChildren(...parts);
  }

  #buildTools(): void {
    const { actions } = this.#context;
    const message = this.#message;
    const tool = (label: string, shape: Icon, act: (message: ShownMessage) => void): HTMLElement =>
      h(
        'button',
        {
          type: 'button',
          class: 'tool',
          title: label,
          'aria-label': label,
          click: () => {
            this.toggleTools(false);
            act(message);
          },
        },
        icon(shape),
      );
    const own = message.by === 'visitor';
    const reactions = emojis.map((emoji) => {
      const given = message.reactions.some((each) => each.by === 'visitor' && each.emoji === emoji);
      return h(
        'button',
        {
          type: 'button',
          class: 'tool emoji',
          'aria-label': this.#text(given ? 'unreact' : 'react', { emoji }),
          click: () => {
            this.toggleTools(false);
            this.#more.focus();
            actions.react(message, emoji, given);
          },
        },
        emoji,
      );
    });
    this.#tools.replaceChildren(
      tool(this.#text('reply'), 'reply', (each) => actions.reply(each)),
      ...(own && message.content?.kind === 'text'
        ? [tool(this.#text('edit'), 'edit', (each) => actions.edit(each))]
        : []),
      ...(own ? [tool(this.#text('retract'), 'bin', (each) => actions.retract(each))] : []),
      h('span', { class: 'gap' }),
      ...reactions,
    );
    this.#tools
      .querySelectorAll('button')
      .forEach((button, index) => (button.tabIndex = index === 0 ? 0 : -1));
  }

  /** As in any toolbar: arrows go along, Escape goes back. */
  #onToolKey(event: KeyboardEvent): void {
    const buttons = [...this.#tools.querySelectorAll('button')];
    const at = buttons.indexOf(event.target as HTMLButtonElement);
    const forward = this.#context.language.direction === 'rtl' ? 'ArrowLeft' : 'ArrowRight';
    const step = event.key === forward ? 1 : event.key === 'ArrowLeft' || event.key === 'ArrowRight' ? -1 : 0;
    if (event.key === 'Escape') {
      this.toggleTools(false);
      this.#more.focus();
    } else if (step !== 0) {
      const next = buttons[(at + step + buttons.length) % buttons.length];
      for (const button of buttons) button.tabIndex = button === next ? 0 : -1;
      next?.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  get summary(): string {
    return contentSummary(this.#message.content, this.#context.language);
  }
}

/** A file's link is renewed every hour; that alone is no reason to load it again. */
function contentKey({ content }: ShownMessage): string {
  return JSON.stringify(content ?? null, (key, value: unknown) =>
    key === 'url' && content !== undefined && 'file' in content ? '' : value,
  );
}
