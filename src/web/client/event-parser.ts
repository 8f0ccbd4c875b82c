/** One event of a stream of server-sent events. */
export interface RawEvent {
  readonly event: string;
  readonly data: string;
  readonly id?: string;
}

/** Puts events together from pieces of text, wherever they are cut. */
export class EventParser {
  #rest = '';

  push(piece: string): RawEvent[] {
    const lines = (this.#rest + piece).split(/\n\n/);
    this.#rest = lines.pop() ?? '';
    return lines.flatMap((block) => {
      const event = parse(block);
      return event === undefined ? [] : [event];
    });
  }
}

function parse(block: string): RawEvent | undefined {
  let event: string | undefined;
  let id: string | undefined;
  const data: string[] = [];
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':');
    const value = line.slice(colon + 1).replace(/^ /, '');
    switch (line.slice(0, Math.max(0, colon))) {
      case 'event':
        event = value;
        break;
      case 'id':
        id = value;
        break;
      case 'data':
        data.push(value);
        break;
    }
  }
  return event === undefined
    ? undefined
    : { event, data: data.join('\n'), ...(id === undefined ? {} : { id }) };
}
