import { fileURLToPath } from 'node:url';
import type { UserConfig } from 'vite';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** One classic script, so that one tag embeds it on any site and `document.currentScript` tells it where it came from. */
const config: UserConfig = {
  root: here('.'),
  logLevel: 'warn',
  build: {
    outDir: here('../../../dist/web'),
    emptyOutDir: true,
    target: 'es2022',
    lib: { entry: here('main.ts'), name: 'switchboardChat', formats: ['iife'], fileName: () => 'widget.js' },
  },
};
// Vite reads its configuration from the default export.
export default config;
