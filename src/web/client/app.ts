import { Refused, type Api } from './api.ts';
import { Chat, type ShownMessage } from './chat.ts';
import { Connection } from './connection.ts';
import { newId } from './new-id.ts';
import { Outbox } from './outbox.ts';
import type { Outgoing } from './outgoing.ts';
import type { LineConfig, StreamEvent } from './protocol.ts';
import { Receipts } from './receipts.ts';
import { Storage } from './storage.ts';
import type { Language } from './texts/language.ts';
import { endedNote, endQuestion } from './view/closing.ts';
import { Composer } from './view/composer.ts';
import { contentSummary } from './view/content.ts';
import { Header } from './view/header.ts';
import { LogView } from './view/log.ts';
import type { MessageActions } from './view/message-row.ts';
import { Panel } from './view/panel.ts';
import { startForm, type About } from './view/start-form.ts';

export interface AppOptions {
  readonly api: Api;
  readonly config: LineConfig;
  readonly language: Language;
  readonly about: About;
  readonly closable: boolean;
  /** Whether the visitor can see the messages now. */
  readonly visible: () => boolean;
  readonly unread: (count: number) => void;
  readonly close: () => void;
}

/** The chat: puts what happens where it is shown, and what the visitor does where it is sent. */
export class App {
  readonly panel: Panel;
  readonly #options: AppOptions;
  readonly #chat = new Chat();
  readonly #storage: Storage;
  readonly #outbox: Outbox;
  readonly #connection: Connection;
  readonly #receipts: Receipts;
  readonly #header: Header;
  readonly #log: LogView;
  readonly #composer: Composer;
  #about: About;
  #online = true;
  #notice: string | undefined;
  /** The visitor wants to write although the last chat has ended, or to end this one. */
  #bottom: 'normal' | 'startingNew' | 'askingEnd' = 'normal';
  #bottomShown: 'form' | 'ask' | 'ended' | 'composer' | undefined;
  #formDone = false;
  #drawing = false;
  /** The history that was there when the page opened is complete. */
  #caughtUp = false;
  #arrived = false;
  #typingEnds: ReturnType<typeof setTimeout> | undefined;

  constructor(options: AppOptions) {
    const { api, config, language } = options;
    this.#options = options;
    this.#about = options.about;
    this.#storage = new Storage(api.base);
    this.#receipts = new Receipts(api, this.#chat);
    this.#outbox = new Outbox(api, this.#storage, {
      changed: (item) => this.#changed(this.#chat.applyPending(item).length > 0),
      sent: () => this.#connection.retryNow(),
      refused: (_item, reason) => this.#tell(reason),
      lost: () => this.#lost(),
      ready: () => this.#ready(),
    });
    this.#connection = new Connection(api, {
      event: (event) => this.#onEvent(event),
      online: (online) => this.#onOnline(online),
      lost: () => this.#lost(),
    });
    this.#header = new Header(language, config.title, options.closable, {
      close: options.close,
      end: () => this.#askEnd(),
    });
    this.#log = new LogView(
      language,
      api.base,
      this.#chat,
      config.welcome ?? language.text('welcome'),
      this.#actions(),
      () => this.seen(),
    );
    this.#composer = new Composer(language, config, {
      send: (text, files, replyTo) => this.#send(text, files, replyTo),
      edit: (message, text) => this.#act(`/messages/${message.id}/edit`, { text }),
      typing: (active) => this.#typing(active),
      lastOwn: () => this.#lastOwn(),
      notice: (text) => this.#tell(text),
      draft: (text) => this.#storage.set('draft', text === '' ? undefined : text),
    });
    this.panel = new Panel(
      language,
      config.title,
      { header: this.#header.element, log: this.#log.element },
      (files) => {
        this.#composer.addFiles(files);
        this.#composer.focus();
      },
    );
    document.addEventListener('visibilitychange', () => this.seen());
    addEventListener('focus', () => this.seen());
    addEventListener('beforeunload', (event) => {
      // A file that is on its way lives only in this page.
      if (this.#outbox.items.some(({ file, refused }) => file !== undefined && refused === undefined))
        event.preventDefault();
    });
    this.#storage.onChange('token', (token) => this.#adopt(token));
    this.#draw();
  }

  /** Goes on where an earlier page of this browser was. */
  start(): void {
    this.#composer.fill(this.#storage.get('draft') ?? '');
    this.#adopt(this.#storage.get('token'));
    this.#outbox.restore();
    // Without a visitor nothing comes first that would have to pass in silence.
    if (this.#options.api.token === undefined) this.#log.announce();
  }

  /** What the site tells of the visitor; goes with the first message. */
  identify(about: About): void {
    this.#about = { ...this.#about, ...about };
    this.#draw();
  }

  focus(): void {
    const root = this.panel.element.getRootNode() as ShadowRoot;
    root.querySelector<HTMLElement>('.start input, .closing .primary, textarea')?.focus();
  }

  opened(): void {
    this.#log.toEnd();
    this.seen();
  }

  /** What is at the end of the log is seen, if the visitor can see it. */
  seen(): void {
    if (!this.#options.visible() || document.visibilityState !== 'visible' || !this.#log.atEnd) return;
    if (this.#chat.read < this.#chat.last) {
      this.#chat.read = this.#chat.last;
      this.#receipts.changed();
    }
    this.#options.unread(this.#chat.unread);
  }

  /** True if Escape had something smaller to do than to close the chat. */
  escape(): boolean {
    if (this.#bottom !== 'askingEnd') return this.#composer.cancel();
    this.#setBottom('normal');
    return true;
  }

  #actions(): MessageActions {
    return {
      reply: (message) =>
        this.#composer.reply(message, this.#authorOf(message), this.#log.summaryOf(message)),
      edit: (message) => this.#composer.edit(message),
      retract: (message) => this.#act(`/messages/${message.id}/retraction`, {}),
      react: (message, emoji, removed) =>
        this.#act(`/messages/${message.id}/reaction`, { emoji, ...(removed ? { removed } : {}) }),
      pick: (message, option) => {
        this.#post(
          { kind: 'chosen', choice: message.id, option: option.id },
          {
            shown: { kind: 'chosen', ...option, choice: message.id },
          },
        );
      },
      tryAgain: (message) => this.#outbox.retry(message.id),
      discard: (message) => {
        this.#outbox.remove(message.id);
        this.#chat.remove(message.id);
        this.#changed(false);
      },
      goTo: (id) => this.#log.goTo(id),
    };
  }

  #send(text: string, files: readonly File[], replyTo: ShownMessage | undefined): void {
    this.#setBottom('normal');
    this.#notice = undefined;
    this.#log.toEnd();
    const quote =
      replyTo === undefined
        ? {}
        : {
            quote: {
              id: replyTo.id,
              author: this.#authorOf(replyTo),
              excerpt: contentSummary(replyTo.content, this.#options.language).slice(0, 140),
            },
          };
    const reply = replyTo === undefined ? {} : { replyTo: replyTo.id };
    for (const file of files) {
      const kind = /^image\/(png|jpeg|gif|webp|avif)$/.test(file.type) ? 'image' : 'file';
      const about = { url: '', name: file.name, mimeType: file.type, sizeBytes: file.size };
      this.#post({ kind: 'file', ...(text === '' ? reply : {}) }, { file, shown: { kind, file: about } });
    }
    if (text !== '')
      this.#post({ kind: 'text', text, ...reply }, { shown: { kind: 'text', text }, ...quote });
  }

  #post(body: Outgoing['body'], local: Pick<Outgoing, 'file' | 'shown' | 'quote'>): void {
    this.#outbox.add({ id: newId(), path: '/messages', body, at: Date.now(), ...local });
    this.#log.toEnd();
  }

  #act(path: string, body: Outgoing['body']): void {
    this.#outbox.add({ id: newId(), path, body, at: Date.now() });
  }

  #typing(active: boolean): void {
    if (this.#options.api.token === undefined || !this.#online) return;
    this.#options.api.post('/typing', { active }).catch(() => undefined);
  }

  async #ready(): Promise<void> {
    const { api, language } = this.#options;
    if (api.token !== undefined) return;
    const elsewhere = this.#storage.get('token');
    if (elsewhere !== undefined) {
      this.#adopt(elsewhere);
      return;
    }
    const page = /^https?:$/.test(location.protocol) ? { page: location.href.slice(0, 2000) } : {};
    const token = await api
      .createVisitor({ ...this.#about, language: language.tag, ...page })
      .catch((error: unknown) => {
        // What the visitor wants to say matters more than a name or an address that the server finds odd.
        if (error instanceof Refused && error.status === 422) return api.createVisitor({});
        throw error;
      });
    this.#storage.set('token', token);
    this.#adopt(token);
  }

  #adopt(token: string | undefined): void {
    if (token === undefined || token === this.#options.api.token) return;
    this.#options.api.token = token;
    this.#connection.start();
    this.#draw();
  }

  /** The server has forgotten the visitor: what was said is gone, what is still to be said goes to a new one. */
  #lost(): void {
    if (this.#options.api.token === undefined) return;
    this.#options.api.token = undefined;
    this.#storage.set('token', undefined);
    this.#connection.stop();
    this.#chat.clear();
    this.#receipts.reset();
    this.#outbox.beginAnew();
    this.#tell(this.#options.language.text('expired'));
    this.#changed(false);
  }

  #onOnline(online: boolean): void {
    if (online) this.#outbox.resume();
    this.#online = online;
    this.#draw();
  }

  #onEvent(event: StreamEvent): void {
    if (event.type === 'hello' && event.token !== undefined) {
      this.#options.api.token = event.token;
      this.#storage.set('token', event.token);
    }
    const before = this.#chat.session.state;
    this.#chat.apply(event);
    if (this.#chat.session.state !== before) this.#bottom = 'normal';
    const arrived =
      event.type === 'message' && event.by !== 'visitor' && event.sequence > this.#chat.historyUpTo;
    if (!this.#caughtUp && this.#chat.last >= this.#chat.historyUpTo) this.#catchUp();
    if (event.type === 'typing') this.#expireTyping(event.active);
    this.#changed(arrived);
  }

  /** The history is complete: from here on it is news. */
  #catchUp(): void {
    this.#caughtUp = true;
    // After the history was drawn, so that it is not read out.
    setTimeout(() => this.#log.announce());
  }

  /** The end of typing may get lost with a connection. */
  #expireTyping(active: boolean): void {
    clearTimeout(this.#typingEnds);
    if (!active) return;
    this.#typingEnds = setTimeout(() => {
      this.#chat.typing = undefined;
      this.#draw();
    }, 60_000);
  }

  #changed(arrived: boolean): void {
    this.#arrived ||= arrived;
    if (this.#drawing) return;
    this.#drawing = true;
    // Events come in bunches; they are drawn once.
    queueMicrotask(() => {
      this.#drawing = false;
      this.#draw();
      this.#arrived = false;
    });
  }

  #draw(): void {
    const { typing, session } = this.#chat;
    this.#header.show(session);
    this.#log.sync(this.#arrived);
    this.panel.typing(typing?.name, typing !== undefined && this.#online);
    this.panel.banner(this.#online ? this.#notice : this.#options.language.text('offline'));
    this.#drawBottom();
    this.seen();
    this.#receipts.changed();
    this.#options.unread(this.#chat.unread);
  }

  #drawBottom(): void {
    const { language, config, api } = this.#options;
    const bottom = this.#bottomKind(config, api);
    if (bottom === this.#bottomShown) return;
    const root = this.panel.element.getRootNode();
    const focused =
      root instanceof ShadowRoot &&
      root.activeElement !== null &&
      this.panel.element.contains(root.activeElement);
    this.#bottomShown = bottom;
    switch (bottom) {
      case 'form':
        this.panel.setBottom(
          startForm(language, config.askFor, this.#about, (about) => {
            this.#about = { ...this.#about, ...about };
            this.#formDone = true;
            this.#draw();
            this.focus();
          }),
        );
        break;
      case 'ask':
        this.panel.setBottom(
          endQuestion(
            language,
            () => {
              this.#setBottom('normal');
              this.#act('/end', {});
            },
            () => this.#setBottom('normal'),
          ),
        );
        break;
      case 'ended':
        this.panel.setBottom(endedNote(language, () => this.#setBottom('startingNew')));
        break;
      case 'composer':
        this.panel.setBottom(this.#composer.element);
        break;
    }
    // Where the focus was may be gone with what stood there.
    if (focused) this.focus();
  }

  #bottomKind(config: LineConfig, api: Api): 'form' | 'ask' | 'ended' | 'composer' {
    const asked = config.askFor.some((field) => this.#about[field] === undefined);
    if (api.token === undefined && asked && !this.#formDone) return 'form';
    if (this.#bottom === 'askingEnd') return 'ask';
    const unsent = this.#outbox.items.some(({ path }) => path === '/messages');
    if (this.#chat.session.state === 'closed' && this.#bottom !== 'startingNew' && !unsent) return 'ended';
    return 'composer';
  }

  #setBottom(bottom: 'normal' | 'startingNew' | 'askingEnd'): void {
    this.#bottom = bottom;
    this.#draw();
  }

  #askEnd(): void {
    this.#setBottom('askingEnd');
    this.focus();
  }

  /** Something that nobody would see otherwise. Goes with the next message. */
  #tell(text: string): void {
    this.#notice = text;
    this.#draw();
  }

  #lastOwn(): ShownMessage | undefined {
    return this.#chat.rows.findLast(
      (row): row is ShownMessage =>
        row.type === 'message' &&
        row.by === 'visitor' &&
        row.sequence !== undefined &&
        row.content?.kind === 'text',
    );
  }

  #authorOf(message: ShownMessage): string {
    const { language } = this.#options;
    return message.by === 'visitor' ? language.text('you') : (message.sender ?? language.text('support'));
  }
}
