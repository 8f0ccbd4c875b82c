import { Api } from './api.ts';
import { readEmbedding } from './embedding.ts';
import { mount } from './mount.ts';

// `currentScript` is only there while the script itself runs.
const script = document.currentScript;

/** What a site's own scripts may do with the chat, as `window.switchboardChat`. */
interface SiteControl {
  open(): void;
  close(): void;
  identify(about: { name?: string; email?: string }): void;
}

async function begin(tag: HTMLScriptElement): Promise<void> {
  const embedding = readEmbedding(tag);
  const api = new Api(embedding.base);
  const config = await api.config();
  if (document.readyState === 'loading') {
    await new Promise((resolve) => document.addEventListener('DOMContentLoaded', resolve, { once: true }));
  }
  const control: SiteControl = mount(embedding, api, config);
  Object.assign(window, { switchboardChat: control });
}

if (script instanceof HTMLScriptElement) {
  begin(script).catch((error: unknown) => console.warn('The chat cannot be shown:', error));
}
