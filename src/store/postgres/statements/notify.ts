import type { Client } from 'pg';

export interface Word {
  readonly channel: string;
  readonly text: string;
}

export async function notify(client: Client, words: readonly Word[]): Promise<void> {
  await client.query({
    name: 'notify',
    text: 'SELECT pg_notify(channel, word) FROM unnest($1::text[], $2::text[]) AS w (channel, word)',
    values: [words.map(({ channel }) => channel), words.map(({ text }) => text)],
  });
}
