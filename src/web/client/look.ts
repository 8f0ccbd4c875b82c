import { legible, readableOn } from './accent.ts';

export type Theme = 'light' | 'dark' | 'auto';

/** Gives the root its colours, and again whenever the system changes between light and dark. */
export function applyLook(root: HTMLElement, theme: Theme, accent: string | undefined): void {
  const systemDark = matchMedia('(prefers-color-scheme: dark)');
  const apply = (): void => {
    const dark = theme === 'dark' || (theme === 'auto' && systemDark.matches);
    root.classList.toggle('dark', dark);
    const colour = accent ?? (dark ? '#3468d6' : '#1d55c4');
    root.style.setProperty('--accent', colour);
    root.style.setProperty('--on-accent', readableOn(colour));
    const fallback = dark ? '#8fb4ff' : '#1d55c4';
    root.style.setProperty('--seen', legible([colour, fallback], dark ? '#16181d' : '#ffffff'));
  };
  apply();
  systemDark.addEventListener('change', apply);
}
