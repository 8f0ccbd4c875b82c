import type { Chat, Row, ShownMessage } from '../chat.ts';
import { h, show } from '../dom.ts';
import { icon } from '../icons.ts';
import type { Language } from '../texts/language.ts';
import { MessageRow, type MessageActions, type RowContext } from './message-row.ts';
import { sessionRow } from './session-row.ts';

/** Messages of one author within this time stand together, in milliseconds. */
const togetherMs = 180_000;
/** So near to the end counts as at the end, in pixels. */
const nearPx = 60;

interface View {
  readonly element: HTMLElement;
  readonly message?: MessageRow;
  day?: HTMLElement | undefined;
}

/** The scrolling list of all that was said. */
export class LogView {
  readonly element: HTMLElement;
  readonly #list = h('div', { class: 'list' });
  readonly #scroller: HTMLElement;
  readonly #newer: HTMLElement;
  readonly #views = new Map<string, View>();
  readonly #language: Language;
  readonly #chat: Chat;
  readonly #base: string;
  readonly #actions: MessageActions;
  #atEnd = true;
  #lastTop = 0;

  constructor(
    language: Language,
    base: string,
    chat: Chat,
    welcome: string,
    actions: MessageActions,
    reachedEnd: () => void,
  ) {
    this.#language = language;
    this.#chat = chat;
    this.#base = base;
    this.#actions = actions;
    this.#newer = h(
      'button',
      { type: 'button', class: 'newer', hidden: true, click: () => this.toEnd() },
      icon('down'),
      language.text('newMessages'),
    );
    const log = h('div', { role: 'log', 'aria-label': language.text('log'), 'aria-live': 'off' }, this.#list);
    this.#scroller = h(
      'div',
      { class: 'scroller', tabindex: '0', role: 'group', 'aria-label': language.text('log') },
      h('div', { class: 'welcome', dir: 'auto' }, welcome),
      log,
    );
    this.element = h('div', { class: 'log' }, this.#scroller, this.#newer);
    this.#scroller.addEventListener('scroll', () => {
      const top = this.#scroller.scrollTop;
      // Only who scrolls up leaves the end; what grows below meanwhile does not count.
      if (this.#isAtEnd()) this.#atEnd = true;
      else if (top < this.#lastTop) this.#atEnd = false;
      this.#lastTop = top;
      if (!this.#atEnd) return;
      show(this.#newer, false);
      reachedEnd();
    });
    this.#list.addEventListener('keydown', (event) => this.#onKey(event));
    // Pictures come later and make the list longer; the window becomes smaller when a keyboard opens.
    const observer = new ResizeObserver(() => {
      if (this.#atEnd) this.toEnd();
    });
    observer.observe(this.#list);
    observer.observe(this.#scroller);
  }

  get atEnd(): boolean {
    return this.#atEnd;
  }

  /** From now on, what comes is read out. */
  announce(): void {
    this.#list.parentElement?.setAttribute('aria-live', 'polite');
  }

  /** Brings the screen to what the chat says. */
  sync(arrived: boolean): void {
    const rows = this.#chat.rows;
    let at: ChildNode | null = this.#list.firstChild;
    let before: Row | undefined;
    const newest = rows.findLast((row) => row.type === 'message');
    for (const [index, row] of rows.entries()) {
      const view = this.#view(row, before, rows[index + 1]);
      view.day = this.#day(row, before, view.day);
      for (const element of [view.day, view.element]) {
        if (element === undefined) continue;
        if (element === at) at = at.nextSibling;
        else this.#list.insertBefore(element, at);
      }
      if (view.message !== undefined) this.#tabStop(view.message, row === newest);
      before = row;
    }
    while (at !== null) {
      const next = at.nextSibling;
      at.remove();
      at = next;
    }
    const here = new Set(rows.map((row) => row.id));
    for (const id of this.#views.keys()) if (!here.has(id)) this.#views.delete(id);
    if (this.#atEnd) this.toEnd();
    else if (arrived) show(this.#newer, true);
  }

  toEnd(): void {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#atEnd = true;
    show(this.#newer, false);
  }

  /** Shows a message that something else speaks of. */
  goTo(id: string): void {
    const view = this.#views.get(id);
    if (view === undefined) return;
    view.element.scrollIntoView({ block: 'center' });
    view.element.classList.remove('found');
    // Reading a measure makes the browser notice the removal, so that the animation begins again.
    view.element.getBoundingClientRect();
    view.element.classList.add('found');
  }

  summaryOf(message: ShownMessage): string {
    return this.#views.get(message.id)?.message?.summary ?? '';
  }

  #view(row: Row, before: Row | undefined, after: Row | undefined): View {
    const known = this.#views.get(row.id);
    if (row.type === 'session') {
      if (known !== undefined) return known;
      const view = { element: sessionRow(row, this.#language) };
      this.#views.set(row.id, view);
      return view;
    }
    const context = this.#context(row, before, after);
    if (known?.message !== undefined) {
      known.message.update(row, context);
      return known;
    }
    const message = new MessageRow(row, context);
    const view = { element: message.element, message };
    this.#views.set(row.id, view);
    return view;
  }

  #context(row: ShownMessage, before: Row | undefined, after: Row | undefined): RowContext {
    return {
      language: this.#language,
      base: this.#base,
      actions: this.#actions,
      readByAgent: this.#chat.readByAgent,
      chosen: row.content?.kind === 'choice' ? this.#chat.chosenFor(row.id) : undefined,
      grouped: together(before, row),
      followed: together(row, after),
    };
  }

  #day(row: Row, before: Row | undefined, known: HTMLElement | undefined): HTMLElement | undefined {
    const day = new Date(row.at).toDateString();
    if (before !== undefined && new Date(before.at).toDateString() === day) return undefined;
    return known ?? h('div', { class: 'divider day' }, h('span', {}, this.#language.day(row.at)));
  }

  #isAtEnd(): boolean {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight < nearPx;
  }

  /** Of all messages, Tab stops at one; arrows go on from there. */
  #tabStop(message: MessageRow, stop: boolean): void {
    if (message.moreButton.getRootNode() instanceof ShadowRoot) {
      const focused = (message.moreButton.getRootNode() as ShadowRoot).activeElement === message.moreButton;
      message.moreButton.tabIndex = stop || focused ? 0 : -1;
    } else message.moreButton.tabIndex = stop ? 0 : -1;
  }

  #onKey(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    if (!target.classList.contains('more')) return;
    const stops = [...this.#list.querySelectorAll<HTMLElement>('.more:not([hidden])')];
    const at = stops.indexOf(target);
    const goals: Readonly<Record<string, number>> = {
      ArrowUp: at - 1,
      ArrowDown: at + 1,
      Home: 0,
      End: stops.length - 1,
    };
    const goal = Object.hasOwn(goals, event.key) ? stops[goals[event.key]!] : undefined;
    if (goal === undefined) return;
    event.preventDefault();
    for (const stop of stops) stop.tabIndex = stop === goal ? 0 : -1;
    goal.focus();
  }
}

/** Whether one follows the other so closely that the author need not be named nor the time be told again. */
function together(one: Row | undefined, other: Row | undefined): boolean {
  return (
    one?.type === 'message' &&
    other?.type === 'message' &&
    one.by === other.by &&
    one.sender === other.sender &&
    other.at - one.at < togetherMs
  );
}
