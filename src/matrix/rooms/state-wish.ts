import { derivedId } from '../../platform/derived-id.ts';
import type { MatrixRoomId } from '../../platform/ids.ts';

/** A state event that a room (or a space that shows it) is to have. */
export interface StateWish {
  /** `own`: the room itself. */
  readonly room: 'own' | MatrixRoomId;
  readonly type: string;
  /** {@link ownKey}: the id of the room itself. */
  readonly stateKey: string;
  readonly content: Readonly<Record<string, unknown>>;
}

/** Stands for a room's own id, in a wish and in what was told, until the id is known. */
export const ownKey = '<own>';

export interface StateChanges {
  /** What to send, in order; withdrawn state gets an empty content. */
  readonly send: readonly StateWish[];
  /** What was told once all of that is sent. */
  readonly told: Readonly<Record<string, string>>;
}

/** What differs between what a room was told last and what it is to have. Pure. */
export function stateChanges(
  told: Readonly<Record<string, string>>,
  wishes: readonly StateWish[],
): StateChanges {
  const wanted = new Map(wishes.map((wish) => [stateName(wish), wish]));
  const changed = [...wanted]
    .filter(([name, wish]) => told[name] !== fingerprint(wish))
    .map(([, wish]) => wish);
  const withdrawn = Object.keys(told)
    .filter((name) => !wanted.has(name))
    .map((name) => ({ ...readName(name), content: {} }));
  return {
    send: [...changed, ...withdrawn],
    told: Object.fromEntries([...wanted].map(([name, wish]) => [name, fingerprint(wish)])),
  };
}

/** What other rooms (spaces) were told of a room by its id, which must be taken back when another room takes its place. */
export function toldElsewhere(
  told: Readonly<Record<string, string>>,
): Pick<StateWish, 'room' | 'type' | 'stateKey'>[] {
  return Object.keys(told)
    .map(readName)
    .filter(({ room }) => room !== 'own');
}

function fingerprint(wish: StateWish): string {
  return derivedId(JSON.stringify(wish.content));
}

/** Neither room ids nor event types contain a `|`; a state key may. */
function stateName(wish: Pick<StateWish, 'room' | 'type' | 'stateKey'>): string {
  return `${wish.room}|${wish.type}|${wish.stateKey}`;
}

function readName(name: string): Pick<StateWish, 'room' | 'type' | 'stateKey'> {
  const first = name.indexOf('|');
  const second = name.indexOf('|', first + 1);
  return {
    room: name.slice(0, first) as 'own' | MatrixRoomId,
    type: name.slice(first + 1, second),
    stateKey: name.slice(second + 1),
  };
}
