import type { Clock } from '../../platform/clock.ts';
import type { UploadedMedia } from '../events/to-room-event.ts';
import type { MediaToRoom } from '../media/media-to-room.ts';
import type { RoomParts, Rooms } from '../rooms/create-rooms.ts';
import type { HomeserverClient } from '../transport/homeserver-client.ts';
import type { Recent } from './recent.ts';

/** What operations on rooms work with. */
export interface OperationContext extends RoomParts {
  readonly rooms: Rooms;
  readonly client: HomeserverClient;
  readonly media: MediaToRoom;
  readonly clock: Clock;
  /** Files uploaded for deliveries whose event did not get through yet, by delivery. */
  readonly uploads: Recent<UploadedMedia>;
  /** Users of the homeserver that are known to exist. */
  readonly knownUsers: Recent<true>;
}
