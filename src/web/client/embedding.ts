import type { About } from './view/start-form.ts';
import type { Theme } from './look.ts';

/** How the script tag wants the chat. */
export interface Embedding {
  /** The line's address, without a slash at the end. */
  readonly base: string;
  readonly mode: 'page' | 'widget';
  readonly languages: readonly string[];
  readonly theme: Theme;
  readonly side: 'left' | 'right';
  readonly open: boolean;
  readonly about: About;
}

export function readEmbedding(script: HTMLScriptElement): Embedding {
  const { mode, lang, theme, side, open, name, email } = script.dataset;
  const page = mode === 'page';
  const asked = page ? new URLSearchParams(location.search) : new URLSearchParams();
  // The site's language is what its visitor reads; the hosted page has none of its own.
  const ours = page ? [asked.get('lang')] : [lang, document.documentElement.lang];
  const wishedTheme = theme ?? asked.get('theme');
  return {
    base: script.src.replace(/\/widget\.js(\?.*)?$/, ''),
    mode: page ? 'page' : 'widget',
    languages: [...ours, ...navigator.languages].filter(
      (each): each is string => typeof each === 'string' && each !== '',
    ),
    theme: wishedTheme === 'light' || wishedTheme === 'dark' ? wishedTheme : 'auto',
    side: side === 'left' ? 'left' : 'right',
    open: open === 'true',
    about: { ...(name === undefined ? {} : { name }), ...(email === undefined ? {} : { email }) },
  };
}
