import { registerUser } from '../../../dev/synapse/register-user.ts';
import type { RunningSynapse } from '../../../dev/synapse/start-synapse.ts';

export interface StateEvent {
  readonly event_id: string;
  readonly type: string;
  readonly state_key: string;
  readonly sender: string;
  readonly content: Readonly<Record<string, unknown>>;
}

export interface RoomSummary {
  readonly room_id: string;
  readonly name: string | null;
  readonly room_type: string | null;
}

/** What the homeserver itself holds, asked as its administrator: nobody's client in between. */
export interface HomeserverView {
  /** Rooms of conversations: spaces and the probe's own room are left out. */
  conversations(): Promise<RoomSummary[]>;
  users(): Promise<
    { readonly name: string; readonly displayname: string | null; readonly creation_ts: number }[]
  >;
  /** Every event of the room, the oldest first. */
  events(room: string): Promise<(StateEvent & { readonly origin_server_ts: number })[]>;
  /** Every membership and name that rooms ever had, as event ids: what grows when somebody joins or is renamed. */
  memberships(): Promise<string[]>;
}

export async function viewHomeserver(synapse: RunningSynapse): Promise<HomeserverView> {
  const { accessToken } = await registerUser({ ...synapse, name: 'administrator', admin: true });
  const ask = async (path: string): Promise<unknown> => {
    const answer = await fetch(`${synapse.base}/_synapse/admin${path}`, {
      headers: { authorization: `Bearer ${accessToken}` },
    });
    if (!answer.ok) throw new Error(`${path}: ${String(answer.status)} ${await answer.text()}`);
    return answer.json();
  };
  const rooms = async (): Promise<RoomSummary[]> =>
    ((await ask('/v1/rooms?limit=1000')) as { rooms: RoomSummary[] }).rooms;
  const events: HomeserverView['events'] = async (room) => {
    const all: Awaited<ReturnType<HomeserverView['events']>> = [];
    for (let from: string | undefined = ''; from !== undefined;) {
      const path = `/v1/rooms/${encodeURIComponent(room)}/messages?dir=b&limit=1000${from && `&from=${from}`}`;
      const page = (await ask(path)) as { chunk: typeof all; end?: string };
      all.push(...page.chunk);
      from = page.chunk.length === 0 ? undefined : page.end;
    }
    return all.reverse();
  };
  return {
    conversations: async () =>
      (await rooms()).filter((room) => room.room_type !== 'm.space' && room.name !== null),
    users: async () =>
      ((await ask('/v2/users?limit=1000')) as { users: Awaited<ReturnType<HomeserverView['users']>> }).users,
    events,
    async memberships() {
      const all = await Promise.all((await rooms()).map(async ({ room_id }) => events(room_id)));
      return all
        .flat()
        .filter(({ type }) => type === 'm.room.member' || type === 'm.room.name')
        .map(({ event_id }) => event_id)
        .sort();
    },
  };
}
