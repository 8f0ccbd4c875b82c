import { z } from 'zod';
import { notFound, Refused } from '../matrix-failure.ts';
import type { Room } from '../room.ts';
import { at, bodyOf, route, type Call, type Route } from '../route.ts';

const v3 = '/_matrix/client/v3';
const act = z.object({ user_id: z.string(), reason: z.string().optional() });
const own = z.object({ reason: z.string().optional() });

function roomOf(call: Call): Room {
  return call.world.room(at(call, 0), call.requester.user);
}

function join(call: Call, idOrAlias: string): object {
  const { world, requester } = call;
  const id = idOrAlias.startsWith('#') ? world.aliases.get(idOrAlias)?.room : idOrAlias;
  const room = id === undefined ? undefined : world.rooms.get(id);
  if (room === undefined)
    throw idOrAlias.startsWith('#')
      ? notFound('Room alias not found')
      : new Refused(
          404,
          'M_UNKNOWN',
          "Can't join remote room because no servers that are in the room have been provided.",
        );
  room.join(requester.user, world.profile(requester.user));
  return { room_id: room.id };
}

export function membershipRoutes(): Route[] {
  const removal = (how: 'kick' | 'ban' | 'unban'): Route =>
    route('POST', `${v3}/rooms/:room/${how}`, (call) => {
      const { user_id, reason } = bodyOf(call, act);
      roomOf(call).remove(call.requester.user, user_id, how, reason);
      return {};
    });
  return [
    route('POST', `${v3}/join/:room`, (call) => join(call, at(call, 0))),
    route('POST', `${v3}/rooms/:room/join`, (call) => join(call, at(call, 0))),
    route('POST', `${v3}/rooms/:room/invite`, (call) => {
      const { user_id, reason } = bodyOf(call, act);
      roomOf(call).invite(call.requester.user, user_id, call.world.profile(user_id), reason);
      return {};
    }),
    route('POST', `${v3}/rooms/:room/leave`, (call) => {
      roomOf(call).leave(call.requester.user, bodyOf(call, own).reason);
      return {};
    }),
    route('POST', `${v3}/rooms/:room/forget`, () => ({})),
    removal('kick'),
    removal('ban'),
    removal('unban'),
    route('GET', `${v3}/rooms/:room/joined_members`, (call) => {
      const room = roomOf(call);
      room.mustBeJoined(call.requester.user);
      return {
        joined: Object.fromEntries(
          [...room.members]
            .filter(([, membership]) => membership === 'join')
            .map(([user]) => [
              user,
              { display_name: call.world.accounts.users.get(user)?.displayname ?? null },
            ]),
        ),
      };
    }),
    route('GET', `${v3}/rooms/:room/members`, (call) => {
      const room = roomOf(call);
      room.mustBeJoined(call.requester.user);
      const wanted = call.query.get('membership');
      return {
        chunk: [...room.state.values()].filter(
          ({ type, content }) =>
            type === 'm.room.member' && (wanted === null || content['membership'] === wanted),
        ),
      };
    }),
  ];
}
