import type { KeptLine } from '../../directory/kept-line.ts';

/** Names what an operator last made of a line; one that was removed and added again has another. */
export function tagOf({ createdAt, revision }: Pick<KeptLine, 'createdAt' | 'revision'>): string {
  return `${createdAt.toString(36)}-${String(revision)}`;
}
