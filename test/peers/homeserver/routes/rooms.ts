import { z } from 'zod';
import { isInNamespace } from '../accounts.ts';
import { forbidden, notFound, Refused } from '../matrix-failure.ts';
import { anyObject, at, bodyOf, route, type Call, type Route } from '../route.ts';
import { newRoomPowerLevels, presets, roomVersion } from '../rules.ts';
import type { Room } from '../room.ts';
import type { World } from '../world.ts';

const v3 = '/_matrix/client/v3';

const creation = z.object({
  name: z.string().optional(),
  topic: z.string().optional(),
  preset: z.enum(['private_chat', 'trusted_private_chat', 'public_chat']).optional(),
  visibility: z.enum(['public', 'private']).optional(),
  room_alias_name: z.string().optional(),
  room_version: z.string().optional(),
  invite: z.array(z.string()).default([]),
  is_direct: z.boolean().optional(),
  creation_content: anyObject.default({}),
  initial_state: z
    .array(z.object({ type: z.string(), state_key: z.string().default(''), content: anyObject }))
    .default([]),
  power_level_content_override: anyObject.default({}),
});

export function roomRoutes(): Route[] {
  return [
    route('POST', `${v3}/createRoom`, (call) => ({ room_id: createRoom(call, bodyOf(call, creation)).id })),
    route('POST', `${v3}/rooms/:room/upgrade`, upgrade),
    route(
      'GET',
      `${v3}/directory/room/:alias`,
      ({ world, path }) => {
        const found = world.aliases.get(path[0] ?? '');
        if (found === undefined) throw notFound(`Room alias ${path[0] ?? ''} not found`);
        return { room_id: found.room, servers: [world.serverName] };
      },
      true,
    ),
    route('PUT', `${v3}/directory/room/:alias`, (call) => {
      const { room_id } = bodyOf(call, z.object({ room_id: z.string() }));
      const alias = at(call, 0);
      mayUseAlias(call, alias);
      if (call.world.aliases.has(alias))
        throw new Refused(409, 'M_UNKNOWN', `Room alias ${alias} already exists`);
      call.world.aliases.set(alias, { room: room_id, creator: call.requester.user });
      return {};
    }),
    route('DELETE', `${v3}/directory/room/:alias`, (call) => {
      const alias = call.world.aliases.get(at(call, 0));
      if (alias === undefined) throw notFound(`Room alias ${at(call, 0)} not found`);
      if (alias.creator !== call.requester.user)
        throw forbidden("You don't have permission to delete the alias.");
      call.world.aliases.delete(at(call, 0));
      return {};
    }),
    route('GET', `${v3}/joined_rooms`, ({ world, requester }) => ({
      joined_rooms: [...world.rooms.values()]
        .filter((room) => room.membership(requester.user) === 'join')
        .map(({ id }) => id),
    })),
  ];
}

function mayUseAlias({ world, requester }: Call, alias: string): void {
  const { appservice } = requester;
  if (appservice !== undefined && !isInNamespace(appservice, 'aliases', alias))
    throw new Refused(400, 'M_EXCLUSIVE', 'This application service has not reserved this kind of alias.');
  if (world.accounts.isReserved('aliases', alias, appservice))
    throw new Refused(400, 'M_EXCLUSIVE', 'This alias is reserved by an application service.');
}

function createRoom(call: Call, wish: z.infer<typeof creation>): Room {
  const { world, requester } = call;
  const { user } = requester;
  const alias =
    wish.room_alias_name === undefined ? undefined : `#${wish.room_alias_name}:${world.serverName}`;
  if (alias !== undefined) {
    if (world.aliases.has(alias)) throw new Refused(400, 'M_ROOM_IN_USE', 'Room alias already taken');
    mayUseAlias(call, alias);
  }
  for (const invited of wish.invite)
    if (!/^@[^:]+:.+$/.test(invited))
      throw new Refused(400, 'M_INVALID_PARAM', `Invalid user_id: ${invited}`);
  const name = wish.preset ?? (wish.visibility === 'public' ? 'public_chat' : 'private_chat');
  const preset = presets[name];
  const room = world.newRoom();
  const state = (type: string, content: Record<string, unknown>, stateKey = ''): void => {
    room.store({ sender: user, type, stateKey, content });
  };
  state('m.room.create', { room_version: wish.room_version ?? roomVersion, ...wish.creation_content });
  state('m.room.member', { membership: 'join', ...world.profile(user) }, user);
  const ops = name === 'trusted_private_chat' ? wish.invite : [];
  state('m.room.power_levels', {
    users: Object.fromEntries([user, ...ops].map((each) => [each, 100])),
    ...newRoomPowerLevels,
    ...(name === 'public_chat' ? {} : { invite: 0 }),
    ...wish.power_level_content_override,
  });
  if (alias !== undefined) {
    world.aliases.set(alias, { room: room.id, creator: user });
    state('m.room.canonical_alias', { alias });
  }
  const given = new Set(wish.initial_state.map(({ type, state_key }) => `${type}\n${state_key}`));
  const unlessGiven = (type: string, content: Record<string, unknown>): void => {
    if (!given.has(`${type}\n`)) state(type, content);
  };
  unlessGiven('m.room.join_rules', { join_rule: preset.joinRule });
  unlessGiven('m.room.history_visibility', { history_visibility: preset.history });
  if (preset.guests === 'can_join') unlessGiven('m.room.guest_access', { guest_access: 'can_join' });
  for (const { type, state_key, content } of wish.initial_state) state(type, content, state_key);
  if (wish.name !== undefined) state('m.room.name', { name: wish.name });
  if (wish.topic !== undefined)
    state('m.room.topic', { 'm.topic': { 'm.text': [{ body: wish.topic }] }, topic: wish.topic });
  for (const invited of wish.invite)
    room.invite(user, invited, {
      ...world.profile(invited),
      ...(wish.is_direct === undefined ? {} : { is_direct: wish.is_direct }),
    });
  return room;
}

/** State that comes along to the new room (source: handlers/room.py, clone_existing_room). */
const carried = [
  'm.room.join_rules',
  'm.room.name',
  'm.room.topic',
  'm.room.history_visibility',
  'm.room.guest_access',
  'm.room.avatar',
  'm.room.encryption',
  'm.space.child',
  'm.space.parent',
];

function upgrade(call: Call): object {
  const { world, requester } = call;
  const old = world.room(at(call, 0), requester.user);
  const { new_version } = bodyOf(call, z.object({ new_version: z.string() }));
  old.mustBeJoined(requester.user);
  if (old.level({ user: requester.user }) < old.level({ type: 'm.room.tombstone', state: true }))
    throw forbidden("You don't have permission to post that to the room");
  const created = old.stateContent('m.room.create') ?? {};
  const last = old.timeline.at(-1)?.event_id;
  const initial = [...old.state.values()]
    .filter(({ type }) => carried.includes(type))
    .sort((one, other) => (one.type < other.type ? -1 : 1))
    .map(({ type, state_key = '', content }) => ({ type, state_key, content }));
  const next = createRoom(
    call,
    creation.parse({
      room_version: new_version,
      creation_content: {
        ...('m.federate' in created ? { 'm.federate': created['m.federate'] } : {}),
        predecessor: { room_id: old.id, event_id: last },
      },
      initial_state: initial,
      power_level_content_override: old.stateContent('m.room.power_levels') ?? {},
    }),
  );
  old.store({
    sender: requester.user,
    type: 'm.room.tombstone',
    stateKey: '',
    content: { body: 'This room has been replaced', replacement_room: next.id },
  });
  moveAliases(world, requester.user, old, next);
  quieten(requester.user, old);
  return { replacement_room: next.id };
}

function moveAliases(world: World, user: string, from: Room, to: Room): void {
  for (const [alias, entry] of world.aliases)
    if (entry.room === from.id) world.aliases.set(alias, { ...entry, room: to.id });
  const canonical = from.stateContent('m.room.canonical_alias');
  if (canonical?.['alias'] === undefined) return;
  const type = 'm.room.canonical_alias';
  from.store({ sender: user, type, stateKey: '', content: {} });
  to.store({ sender: user, type, stateKey: '', content: canonical });
}

/** Nobody without power may speak in the old room or invite to it (source: handlers/room.py, _update_upgraded_room_pls). */
function quieten(user: string, old: Room): void {
  const levels = old.stateContent('m.room.power_levels') ?? {};
  const atLeast = Math.max(50, Number(levels['users_default'] ?? 0) + 1);
  const raised = (name: 'events_default' | 'invite'): number => Math.max(old.level({ act: name }), atLeast);
  const content = { ...levels, events_default: raised('events_default'), invite: raised('invite') };
  old.store({ sender: user, type: 'm.room.power_levels', stateKey: '', content });
}
