import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { channelModules, channelNames, findChannelModule } from '../../../src/channels/registry.ts';

const src = join(import.meta.dirname, '../../../src');
const list = 'channels/networks.ts';
const folders = readdirSync(join(src, 'channels'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

describe('the registry', () => {
  test('has the networks of the tree, each under its own name once', () => {
    expect(channelNames).toEqual(expect.arrayContaining(['loopback', 'sms']));
    expect(new Set(channelNames).size).toBe(channelNames.length);
  });

  test('finds a network by its name, and none by a name that is none', () => {
    for (const module of channelModules) expect(findChannelModule(module.channel)).toBe(module);
    for (const name of ['', 'SMS', 'carrier-pigeon', '__proto__', 'constructor']) {
      expect(findChannelModule(name)).toBeUndefined();
    }
  });
});

describe('a network touches its own folder and one line', () => {
  const lines = readFileSync(join(src, list), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('//'));

  test('the list is one line a network', () => {
    for (const line of lines) {
      const [, name, folder] = /^export \{ (\w+) \} from '\.\/([a-z0-9-]+)\/index\.ts';$/.exec(line) ?? [];
      expect.soft(name, line).toBe(folder);
      expect.soft(channelNames, line).toContain(name);
    }
    expect(lines).toHaveLength(channelModules.length);
  });

  test('no other source names a network or its folder', () => {
    const sources = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(
      (path) => /\.(?:ts|html)$/.test(path) && path !== list,
    );
    const found = sources.flatMap((path) => {
      const text = withoutComments(readFileSync(join(src, path), 'utf8'));
      return folders
        .filter((name) => !path.startsWith(`channels/${name}/`))
        .filter((name) => new RegExp(`['"\`]${name}['"\`]|channels/${name}/`).test(text))
        .map((name) => `${path} names ${name}`);
    });
    expect(found).toEqual([]);
  });

  test('each network has the files that every network has', () => {
    for (const name of folders) {
      const files = readdirSync(join(src, 'channels', name));
      for (const file of ['index.ts', 'parameters.ts', 'capabilities.ts', 'connection.ts']) {
        expect.soft(files, name).toContain(file);
      }
      expect
        .soft(
          files.filter((file) => file.startsWith('to-')),
          name,
        )
        .not.toEqual([]);
    }
  });
});

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(?<![:'"`])\/\/.*$/gm, '');
}
