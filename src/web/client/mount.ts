import type { Api } from './api.ts';
import { App } from './app.ts';
import { h, show } from './dom.ts';
import type { Embedding } from './embedding.ts';
import { icon } from './icons.ts';
import { applyLook } from './look.ts';
import type { LineConfig } from './protocol.ts';
import { styles } from './styles.ts';
import { chooseLanguage, type Language } from './texts/language.ts';
import type { About } from './view/start-form.ts';

export interface Mounted {
  open(): void;
  close(): void;
  identify(about: About): void;
}

/** Puts the chat into the page, in a shadow root of its own. */
export function mount(embedding: Embedding, api: Api, config: LineConfig): Mounted {
  const language = chooseLanguage(embedding.languages);
  const host = document.createElement('switchboard-chat');
  host.dataset['mode'] = embedding.mode;
  host.dataset['side'] = embedding.side;
  const shadow = host.attachShadow({ mode: 'open' });
  shadow.adoptedStyleSheets = [sheet(styles)];
  const root = h('div', { class: `root ${embedding.mode}`, lang: language.tag, dir: language.direction });
  applyLook(root, embedding.theme, config.accent);
  shadow.append(root);
  // `inset-inline` of the host itself follows this.
  host.dir = language.direction;
  document.body.append(host);
  return embedding.mode === 'page'
    ? page(root, embedding, api, config, language)
    : widget(root, shadow, embedding, api, config, language);
}

function page(
  root: HTMLElement,
  embedding: Embedding,
  api: Api,
  config: LineConfig,
  language: Language,
): Mounted {
  document.documentElement.lang = language.tag;
  document.documentElement.dir = language.direction;
  document.adoptedStyleSheets = [sheet('html,body{margin:0;height:100%;overflow:hidden}')];
  const app = new App({
    api,
    config,
    language,
    about: embedding.about,
    closable: false,
    visible: () => true,
    unread: (count) => {
      document.title = count === 0 ? config.title : `(${language.number(count)}) ${config.title}`;
    },
    close: () => undefined,
  });
  root.append(h('main', {}, app.panel.element));
  app.start();
  app.opened();
  app.focus();
  root.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') app.escape();
  });
  return { open: () => undefined, close: () => undefined, identify: (about) => app.identify(about) };
}

function widget(
  root: HTMLElement,
  shadow: ShadowRoot,
  embedding: Embedding,
  api: Api,
  config: LineConfig,
  language: Language,
): Mounted {
  const badge = h('span', { class: 'badge', 'aria-hidden': 'true', hidden: true });
  const launcher = h(
    'button',
    {
      type: 'button',
      class: 'launcher',
      'aria-expanded': 'false',
      'aria-haspopup': 'dialog',
      click: () => open(),
    },
    icon('chat'),
    badge,
  );
  const covers = matchMedia('(max-width: 480px)');
  let isOpen = false;
  const app = new App({
    api,
    config,
    language,
    about: embedding.about,
    closable: true,
    visible: () => isOpen,
    unread: (count) => {
      badge.textContent = language.number(Math.min(count, 99));
      show(badge, count > 0);
      launcher.setAttribute(
        'aria-label',
        language.text(count > 0 ? 'openUnread' : 'open', { count: language.number(count) }),
      );
    },
    close: () => close(),
  });
  const panel = app.panel.element;
  panel.setAttribute('role', 'dialog');

  function open(focus = true): void {
    isOpen = true;
    draw();
    app.opened();
    if (focus) app.focus();
  }
  function close(): void {
    isOpen = false;
    draw();
    launcher.focus();
  }
  function draw(): void {
    root.classList.toggle('open', isOpen);
    show(panel, isOpen);
    show(launcher, !isOpen);
    launcher.setAttribute('aria-expanded', String(isOpen));
    if (covers.matches) panel.setAttribute('aria-modal', 'true');
    else panel.removeAttribute('aria-modal');
  }

  panel.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !event.defaultPrevented) {
      if (!app.escape()) close();
      event.preventDefault();
    }
    if (event.key === 'Tab' && covers.matches) app.panel.trapTab(event, shadow.activeElement);
    // The site's own shortcuts are not meant while somebody writes here.
    event.stopPropagation();
  });
  covers.addEventListener('change', draw);
  root.append(panel, launcher);
  draw();
  app.start();
  if (embedding.open) open(false);
  return { open, close, identify: (about) => app.identify(about) };
}

function sheet(css: string): CSSStyleSheet {
  const made = new CSSStyleSheet();
  made.replaceSync(css);
  return made;
}
