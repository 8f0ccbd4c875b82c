import type { DeliveryRecord } from '../../delivery/delivery.ts';
import type { Clock } from '../../platform/clock.ts';
import type { UploadedMedia } from '../events/to-room-event.ts';
import type { Echoes } from '../events/echoes.ts';
import type { Devices } from '../ghosts/devices.ts';
import type { MediaToRoom } from '../media/media-to-room.ts';
import type { Recent } from '../recent.ts';
import type { RoomOperation } from '../room-operation.ts';
import type { RoomParts, Rooms } from '../rooms/create-rooms.ts';
import type { HomeserverClient } from '../transport/homeserver-client.ts';

/** What operations on rooms work with. */
export interface OperationContext extends RoomParts {
  readonly rooms: Rooms;
  readonly client: HomeserverClient;
  readonly media: MediaToRoom;
  readonly clock: Clock;
  readonly devices: Devices;
  readonly echoes: Echoes;
  /** Files uploaded for deliveries whose event did not get through yet, by delivery. */
  readonly uploads: Recent<UploadedMedia>;
  /** Users of the homeserver that are known to exist. */
  readonly knownUsers: Recent<true>;
}

/** A delivery to a room, with what the outbox knows of it. */
export interface RoomDelivery extends DeliveryRecord<RoomOperation> {
  /** An earlier attempt may have gone out. */
  readonly unclearBefore: boolean;
}
