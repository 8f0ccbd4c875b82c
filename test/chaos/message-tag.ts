/** Each message of a chaos run names itself, so that whoever sees it knows where it belongs. */
export interface MessageTag {
  readonly tenant: string;
  readonly conversation: string;
  /** 0, 1, 2 ... within its conversation and direction. */
  readonly sequence: number;
}

export function tagText(tag: MessageTag): string {
  return `${tag.tenant}/${tag.conversation}/${tag.sequence}`;
}

export function parseTag(text: string): MessageTag | undefined {
  const [, tenant, conversation, sequence] = /^([^/]+)\/([^/]+)\/(\d+)$/.exec(text) ?? [];
  if (tenant === undefined || conversation === undefined) return undefined;
  return { tenant, conversation, sequence: Number(sequence) };
}
