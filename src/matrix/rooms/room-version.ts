import { hasPrivilegedCreators } from './power-levels.ts';
import type { RoomCalls } from './room-calls.ts';

/** What rooms that we make on a homeserver are like. Asked once. @throws {MatrixError} */
export type RoomVersion = () => Promise<{ readonly botIsPrivileged: boolean }>;

/** By the homeserver's default version, which is what rooms get whose version is not asked for. */
export function createRoomVersion(calls: RoomCalls): RoomVersion {
  let known: { readonly botIsPrivileged: boolean } | undefined;
  return async () => {
    known ??= { botIsPrivileged: hasPrivilegedCreators(await calls.defaultRoomVersion()) };
    return known;
  };
}
