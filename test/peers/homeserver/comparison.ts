import { Agent, request } from 'undici';
import type { Registration } from '../../../src/matrix/registration.ts';
import { registerUser } from '../../../dev/synapse/register-user.ts';

/** A homeserver as its clients see it, real or stand-in. */
export interface ComparedServer {
  readonly url: string;
  readonly serverName: string;
  readonly registration: Registration;
  readonly registrationSecret: string;
}

/** What one step gave: status, Matrix code, and what matters of the body. */
export type Outcome = readonly [step: string, status: number, errcode: string | undefined, found?: unknown];

/**
 * One script of what an application service and its agents do, right and wrong. Its outcomes are the same on Synapse and on the
 * stand-in; ids and times are left out. `restart` is called once, in the middle. `pushed` waits until the application service was
 * sent an event: Synapse reads what it sends later than it answers, and finds nothing in what was redacted meanwhile.
 */
export async function runComparison(
  server: ComparedServer,
  restart: () => Promise<void>,
  pushed: (event: string) => Promise<void>,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  // A new connection each time: the restart breaks those that are kept.
  const dispatcher = new Agent({ pipelining: 0 });
  const { serverName, registration } = server;
  const asToken = registration.as_token;
  const user = (name: string): string => `@${name}:${serverName}`;
  const agent = await registerUser({
    base: server.url,
    registrationSecret: server.registrationSecret,
    name: 'agent',
  });
  const other = await registerUser({
    base: server.url,
    registrationSecret: server.registrationSecret,
    name: 'other',
  });

  async function call(
    method: string,
    path: string,
    options: { token?: string | undefined; as?: string; query?: Record<string, string>; body?: unknown } = {},
  ): Promise<{ status: number; body: Record<string, unknown> }> {
    const query = new URLSearchParams({
      ...options.query,
      ...(options.as === undefined ? {} : { user_id: user(options.as) }),
    });
    const token = 'token' in options ? options.token : asToken;
    const answer = await request(
      `${server.url}/_matrix/client${path === '/versions' ? '' : '/v3'}${path}?${query.toString()}`,
      {
        method,
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
        dispatcher,
        ...(method === 'GET' || method === 'DELETE' ? {} : { body: JSON.stringify(options.body ?? {}) }),
      },
    );
    return { status: answer.statusCode, body: (await answer.body.json()) as Record<string, unknown> };
  }
  async function step(
    name: string,
    answer: Promise<{ status: number; body: Record<string, unknown> }>,
    look?: (body: Record<string, unknown>) => unknown,
  ): Promise<Record<string, unknown>> {
    const { status, body } = await answer;
    const errcode = typeof body['errcode'] === 'string' ? body['errcode'] : undefined;
    outcomes.push(
      look === undefined || errcode !== undefined
        ? [name, status, errcode]
        : [name, status, errcode, look(body)],
    );
    return body;
  }
  const path = (...segments: string[]): string => '/' + segments.map(encodeURIComponent).join('/');
  const idOf = (body: Record<string, unknown>, key: string): string => String(body[key]);
  const register = (username: string, more: object = {}, token: string | undefined = asToken) =>
    call('POST', '/register', {
      token,
      body: { type: 'm.login.application_service', username, inhibit_login: true, ...more },
    });

  // Who is who
  await step('versions, no token', call('GET', '/versions', { token: undefined }));
  await step('versions, wrong token', call('GET', '/versions', { token: 'nonsense' }));
  await step('whoami', call('GET', '/account/whoami'), (b) => b['user_id'] === user('_sb_bot'));
  await step('whoami, no token', call('GET', '/account/whoami', { token: undefined }));
  await step('whoami, wrong token', call('GET', '/account/whoami', { token: 'nonsense' }));
  await step(
    'whoami as a ghost that is not registered',
    call('GET', '/account/whoami', { as: '_sb_nobody' }),
  );
  await step('whoami as somebody else', call('GET', '/account/whoami', { as: 'agent' }));
  await step('register a ghost', register('_sb_ghost'), (b) => b['user_id'] === user('_sb_ghost'));
  await step('register it again', register('_sb_ghost'));
  await step('register outside of the namespace', register('elsewhere'));
  await step('register with a wrong token', register('_sb_x', {}, 'nonsense'));
  await step('register the bot', register('_sb_bot'));
  await step('register a name with capitals', register('_sb_UPPER'));
  await step(
    'register with a device',
    register('_sb_ghost2', { inhibit_login: false, device_id: 'SB' }),
    (b) => b['device_id'],
  );
  await step(
    'whoami with a device',
    call('GET', '/account/whoami', { as: '_sb_ghost2', query: { device_id: 'SB' } }),
    (b) => b['device_id'],
  );
  const device = (name: string, id: string) =>
    call('PUT', path('devices', id), { as: name, body: { display_name: 'Switchboard' } });
  await step('make a device', device('_sb_ghost2', 'SB2'), (b) => b);
  await step('make it again', device('_sb_ghost2', 'SB2'), (b) => b);
  await step('make one for the bot', device('_sb_bot', 'SBB'), (b) => b);
  await step('make one for somebody else', device('agent', 'SB2'));
  await step(
    'whoami with a device that was made',
    call('GET', '/account/whoami', { as: '_sb_ghost2', query: { device_id: 'SB2' } }),
    (b) => b['device_id'],
  );
  await step(
    'the bot with a device',
    call('GET', '/account/whoami', { as: '_sb_bot', query: { device_id: 'SBB' } }),
    (b) => b['device_id'],
  );
  await step(
    'the bot with a device, but not named',
    call('GET', '/account/whoami', { query: { device_id: 'SBB' } }),
  );
  const logIn = (name: string) =>
    call('POST', '/login', {
      body: {
        type: 'm.login.application_service',
        identifier: { type: 'm.id.user', user: user(name) },
        device_id: 'SB3',
      },
    });
  await step('log a ghost in', logIn('_sb_ghost2'), (b) => b['device_id']);
  await step('log somebody else in', logIn('agent'));
  await step(
    'whoami with a device that is not',
    call('GET', '/account/whoami', { as: '_sb_ghost', query: { device_id: 'SB' } }),
  );
  await step(
    'set a name',
    call('PUT', path('profile', user('_sb_ghost'), 'displayname'), {
      as: '_sb_ghost',
      body: { displayname: 'Ghost' },
    }),
  );
  await step(
    "set another's name",
    call('PUT', path('profile', user('agent'), 'displayname'), {
      as: '_sb_ghost',
      body: { displayname: 'x' },
    }),
  );
  await step('profile', call('GET', path('profile', user('_sb_ghost'))), (b) => b);
  await step('profile of nobody', call('GET', path('profile', user('_sb_nobody'))));

  // Rooms
  const created = await step(
    'create a room',
    call('POST', '/createRoom', {
      as: '_sb_ghost',
      body: {
        preset: 'private_chat',
        name: 'Room',
        topic: 'Topic',
        room_alias_name: '_sb_one',
        invite: [user('agent'), user('_sb_bot')],
        creation_content: { 'm.federate': false },
        initial_state: [{ type: 'm.room.history_visibility', content: { history_visibility: 'invited' } }],
        power_level_content_override: {
          users: { [user('_sb_ghost')]: 100, [user('_sb_bot')]: 100 },
          invite: 50,
        },
      },
    }),
    (b) => Object.keys(b),
  );
  const room = idOf(created, 'room_id');
  const inRoom = (...segments: string[]): string => path('rooms', room, ...segments);
  await step(
    'the alias again',
    call('POST', '/createRoom', { as: '_sb_ghost', body: { room_alias_name: '_sb_one' } }),
  );
  await step(
    'an alias outside of the namespace',
    call('POST', '/createRoom', { as: '_sb_ghost', body: { room_alias_name: 'free' } }),
  );
  await step(
    "an agent takes one of the service's aliases",
    call('POST', '/createRoom', { token: agent.accessToken, body: { room_alias_name: '_sb_two' } }),
  );
  await step(
    'look the alias up',
    call('GET', path('directory', 'room', `#_sb_one:${serverName}`)),
    (b) => b['room_id'] === room,
  );
  await step('an alias that is not', call('GET', path('directory', 'room', `#_sb_none:${serverName}`)));
  await step(
    'the power levels',
    call('GET', inRoom('state', 'm.room.power_levels', ''), { as: '_sb_ghost' }),
    (b) => b,
  );
  await step('the creation', call('GET', inRoom('state', 'm.room.create', ''), { as: '_sb_ghost' }), (b) => [
    b['room_version'],
    b['m.federate'],
  ]);
  await step('all state', call('GET', inRoom('state'), { as: '_sb_ghost' }), (b) =>
    (b as unknown as { type: string }[]).map(({ type }) => type).sort(),
  );
  await step('state for strangers', call('GET', inRoom('state'), { token: other.accessToken }));
  await step('state that is not', call('GET', inRoom('state', 'm.room.avatar', ''), { as: '_sb_ghost' }));
  await step('a private room by default', call('POST', '/createRoom', { token: other.accessToken }), (b) =>
    Object.keys(b),
  );

  // Membership
  await step('join without invitation', call('POST', inRoom('join'), { token: other.accessToken }));
  await step(
    'join a room that is not',
    call('POST', path('join', `!nothing:${serverName}`), { token: other.accessToken }),
  );
  await step(
    'join an alias that is not',
    call('POST', path('join', `#nothing:${serverName}`), { token: other.accessToken }),
  );
  await step(
    'say something before joining',
    call('PUT', inRoom('send', 'm.room.message', 'a1'), {
      token: agent.accessToken,
      body: { msgtype: 'm.text', body: 'x' },
    }),
  );
  await step(
    'join',
    call('POST', path('join', `#_sb_one:${serverName}`), { token: agent.accessToken }),
    (b) => b['room_id'] === room,
  );
  await step(
    'join again',
    call('POST', inRoom('join'), { token: agent.accessToken }),
    (b) => b['room_id'] === room,
  );
  await step('the bot joins', call('POST', inRoom('join')));
  await step(
    'invite without power',
    call('POST', inRoom('invite'), { token: agent.accessToken, body: { user_id: user('other') } }),
  );
  await step(
    'invite',
    call('POST', inRoom('invite'), { as: '_sb_ghost', body: { user_id: user('other'), reason: 'please' } }),
  );
  await step(
    'invite again',
    call('POST', inRoom('invite'), { as: '_sb_ghost', body: { user_id: user('other') } }),
  );
  await step(
    'invite a member',
    call('POST', inRoom('invite'), { as: '_sb_ghost', body: { user_id: user('agent') } }),
  );
  await step(
    'invite from outside',
    call('POST', inRoom('invite'), { as: '_sb_ghost2', body: { user_id: user('agent') } }),
  );
  await step('decline', call('POST', inRoom('leave'), { token: other.accessToken }));
  await step('leave twice', call('POST', inRoom('leave'), { token: other.accessToken }));
  await step(
    'kick who is not there',
    call('POST', inRoom('kick'), { as: '_sb_ghost', body: { user_id: user('other') } }),
  );
  await step(
    'kick without power',
    call('POST', inRoom('kick'), { token: agent.accessToken, body: { user_id: user('_sb_bot') } }),
  );
  await step(
    'invite to withdraw',
    call('POST', inRoom('invite'), { as: '_sb_ghost', body: { user_id: user('other') } }),
  );
  await step('withdraw', call('POST', inRoom('kick'), { as: '_sb_ghost', body: { user_id: user('other') } }));
  await step('ban', call('POST', inRoom('ban'), { as: '_sb_ghost', body: { user_id: user('other') } }));
  await step(
    'invite the banned',
    call('POST', inRoom('invite'), { as: '_sb_ghost', body: { user_id: user('other') } }),
  );
  await step('join, banned', call('POST', inRoom('join'), { token: other.accessToken }));
  await step('unban', call('POST', inRoom('unban'), { as: '_sb_ghost', body: { user_id: user('other') } }));
  await step(
    'unban again',
    call('POST', inRoom('unban'), { as: '_sb_ghost', body: { user_id: user('other') } }),
  );
  await step(
    'kick an equal',
    call('POST', inRoom('kick'), { as: '_sb_ghost', body: { user_id: user('_sb_bot') } }),
  );
  await step('members', call('GET', inRoom('joined_members'), { as: '_sb_ghost' }), (b) =>
    Object.keys(b['joined'] as object).sort(),
  );
  await step('members for strangers', call('GET', inRoom('joined_members'), { token: other.accessToken }));

  // Events
  const text = (body: string) => ({ msgtype: 'm.text', body });
  const said = await step(
    'say',
    call('PUT', inRoom('send', 'm.room.message', 't1'), { as: '_sb_ghost', body: text('one') }),
  );
  const first = idOf(said, 'event_id');
  await step(
    'say again, same transaction',
    call('PUT', inRoom('send', 'm.room.message', 't1'), { as: '_sb_ghost', body: text('one') }),
    (b) => b['event_id'] === first,
  );
  await step(
    'the same transaction as another ghost',
    call('PUT', inRoom('send', 'm.room.message', 't1'), { body: text('bot') }),
    (b) => b['event_id'] === first,
  );
  const answered = await step(
    'the agent answers',
    call('PUT', inRoom('send', 'm.room.message', 't1'), { token: agent.accessToken, body: text('two') }),
    (b) => b['event_id'] === first,
  );
  const second = idOf(answered, 'event_id');
  await step(
    'say from outside',
    call('PUT', inRoom('send', 'm.room.message', 't2'), { as: '_sb_ghost2', body: text('x') }),
  );
  await step(
    'say in a room that is not',
    call('PUT', path('rooms', `!nothing:${serverName}`, 'send', 'm.room.message', 't3'), {
      as: '_sb_ghost',
      body: text('x'),
    }),
  );
  await step(
    'say too much',
    call('PUT', inRoom('send', 'm.room.message', 't4'), { as: '_sb_ghost', body: text('x'.repeat(70_000)) }),
  );
  await step(
    'say a list',
    call('PUT', inRoom('send', 'm.room.message', 't5'), { as: '_sb_ghost', body: [] }),
  );
  await step(
    'an error is not remembered',
    call('PUT', inRoom('send', 'm.room.message', 't4'), { as: '_sb_ghost', body: text('short') }),
  );
  await step(
    'with a time',
    call('PUT', inRoom('send', 'm.room.message', 't6'), {
      as: '_sb_ghost',
      query: { ts: '1600000000000' },
      body: text('then'),
    }),
    (b) => Object.keys(b),
  );
  const reaction = { 'm.relates_to': { rel_type: 'm.annotation', event_id: first, key: '👍' } };
  await step(
    'react',
    call('PUT', inRoom('send', 'm.reaction', 't7'), { token: agent.accessToken, body: reaction }),
  );
  await step(
    'react again',
    call('PUT', inRoom('send', 'm.reaction', 't8'), { token: agent.accessToken, body: reaction }),
  );
  await step(
    'state without power',
    call('PUT', inRoom('state', 'm.room.name', ''), { token: agent.accessToken, body: { name: 'x' } }),
  );
  const named = await step(
    'state',
    call('PUT', inRoom('state', 'm.room.name', ''), { as: '_sb_ghost', body: { name: 'New' } }),
  );
  await step(
    'the same state',
    call('PUT', inRoom('state', 'm.room.name', ''), { as: '_sb_ghost', body: { name: 'New' } }),
    (b) => b['event_id'] === named['event_id'],
  );
  await step("another's state", call('PUT', inRoom('state', 'm.custom', user('_sb_ghost')), { body: {} }));
  await step(
    'powers above the own',
    call('PUT', inRoom('state', 'm.room.power_levels', ''), {
      as: '_sb_ghost',
      body: { users: { [user('_sb_ghost')]: 100, [user('_sb_bot')]: 101 } },
    }),
  );
  await step(
    "take an equal's power",
    call('PUT', inRoom('state', 'm.room.power_levels', ''), {
      as: '_sb_ghost',
      body: { users: { [user('_sb_ghost')]: 100 } },
    }),
  );
  await step('an event', call('GET', inRoom('event', first), { as: '_sb_ghost' }), (b) => b['content']);
  await step('an event for strangers', call('GET', inRoom('event', first), { token: other.accessToken }));
  await step('an event that is not', call('GET', inRoom('event', '$nothing'), { as: '_sb_ghost' }));
  await pushed(first);
  await pushed(second);
  await step(
    'redact another’s without power',
    call('PUT', inRoom('redact', first, 'r1'), { token: agent.accessToken }),
  );
  await step(
    'redact the own',
    call('PUT', inRoom('redact', second, 'r2'), { token: agent.accessToken, body: { reason: 'oops' } }),
  );
  await step('redact with power', call('PUT', inRoom('redact', first, 'r3'), { as: '_sb_bot' }));
  await step(
    'what was redacted',
    call('GET', inRoom('event', first), { as: '_sb_ghost' }),
    (b) => b['content'],
  );
  await step(
    'the last messages',
    call('GET', inRoom('messages'), { as: '_sb_ghost', query: { dir: 'b', limit: '2' } }),
    (b) => (b['chunk'] as { type: string }[]).map(({ type }) => type),
  );
  await step('redact what is not', call('PUT', inRoom('redact', '$nothing', 'r4'), { as: '_sb_ghost' }));
  await step(
    'typing',
    call('PUT', inRoom('typing', user('_sb_ghost')), {
      as: '_sb_ghost',
      body: { typing: true, timeout: 5000 },
    }),
  );
  await step(
    'typing for another',
    call('PUT', inRoom('typing', user('agent')), { as: '_sb_ghost', body: { typing: true, timeout: 5000 } }),
  );
  await step(
    'typing from outside',
    call('PUT', inRoom('typing', user('_sb_ghost2')), {
      as: '_sb_ghost2',
      body: { typing: true, timeout: 5000 },
    }),
  );
  await step('a receipt', call('POST', inRoom('receipt', 'm.read', first), { as: '_sb_ghost' }));

  // What is remembered across a restart
  await step(
    'the second ghost is invited',
    call('POST', inRoom('invite'), { as: '_sb_ghost', body: { user_id: user('_sb_ghost2') } }),
  );
  await step('and joins', call('POST', inRoom('join'), { as: '_sb_ghost2' }));
  const memory = await step(
    'say, then restart',
    call('PUT', inRoom('send', 'm.room.message', 'x1'), { as: '_sb_ghost', body: text('m') }),
  );
  const durable = await step(
    'say from a device, then restart',
    call('PUT', inRoom('send', 'm.room.message', 'x2'), {
      as: '_sb_ghost2',
      query: { device_id: 'SB', 'org.matrix.msc3202.device_id': 'SB' },
      body: text('d'),
    }),
  );
  const fromBot = () =>
    call('PUT', inRoom('send', 'm.room.message', 'x3'), {
      as: '_sb_bot',
      query: { device_id: 'SBB' },
      body: text('b'),
    });
  const ofBot = await step('the bot says from a device, then restart', fromBot());
  const reactTo = (txn: string, more: Record<string, string>) =>
    call('PUT', inRoom('send', 'm.reaction', txn), {
      as: '_sb_ghost2',
      query: more,
      body: {
        'm.relates_to': {
          rel_type: 'm.annotation',
          event_id: idOf(memory, 'event_id'),
          key: txn,
        },
      },
    });
  await step('react, then restart', reactTo('x4', {}));
  const reacted = await step('react from a device, then restart', reactTo('x5', { device_id: 'SB' }));
  const redactAgain = (txn: string, more: Record<string, string>) =>
    call('PUT', inRoom('redact', idOf(ofBot, 'event_id'), txn), {
      as: '_sb_bot',
      query: more,
      body: { mark: txn },
    });
  await pushed(idOf(ofBot, 'event_id'));
  const redacted = await step('redact from a device, then restart', redactAgain('x6', { device_id: 'SBB' }));
  await restart();
  await step('the reaction is there', reactTo('x4', {}));
  await step(
    "the device's reaction is recognised",
    reactTo('x5', { device_id: 'SB' }),
    (b) => b['event_id'] === reacted['event_id'],
  );
  await step("the bot's message is recognised", fromBot(), (b) => b['event_id'] === ofBot['event_id']);
  await step(
    'the redaction is recognised',
    redactAgain('x6', { device_id: 'SBB' }),
    (b) => b['event_id'] === redacted['event_id'],
  );
  await step('redact what is redacted', redactAgain('x7', {}), (b) => b['event_id'] === redacted['event_id']);
  await step(
    'what the bot sent last',
    call('GET', inRoom('messages'), {
      as: '_sb_ghost',
      query: { dir: 'b', limit: '3', filter: JSON.stringify({ senders: [user('_sb_bot')] }) },
    }),
    (b) => [
      (b['chunk'] as { type: string; content: object }[]).map(({ type, content }) => [
        type,
        Object.keys(content).sort(),
      ]),
      typeof b['end'],
    ],
  );
  await step(
    'the memory is gone',
    call('PUT', inRoom('send', 'm.room.message', 'x1'), { as: '_sb_ghost', body: text('m') }),
    (b) => b['event_id'] === memory['event_id'],
  );
  await step(
    "the device's transactions are kept",
    call('PUT', inRoom('send', 'm.room.message', 'x2'), {
      as: '_sb_ghost2',
      query: { device_id: 'SB', 'org.matrix.msc3202.device_id': 'SB' },
      body: text('d'),
    }),
    (b) => b['event_id'] === durable['event_id'],
  );

  // Upgrade
  await step(
    'upgrade without power',
    call('POST', inRoom('upgrade'), { token: agent.accessToken, body: { new_version: '11' } }),
  );
  const upgraded = await step(
    'upgrade',
    call('POST', inRoom('upgrade'), { as: '_sb_ghost', body: { new_version: '11' } }),
    (b) => Object.keys(b),
  );
  const next = path('rooms', idOf(upgraded, 'replacement_room'));
  await step(
    'the old room says where',
    call('GET', inRoom('state', 'm.room.tombstone', ''), { as: '_sb_ghost' }),
    (b) => b['replacement_room'] === upgraded['replacement_room'],
  );
  await step(
    'the new room says whence',
    call('GET', `${next}/state/m.room.create/`, { as: '_sb_ghost' }),
    (b) => (b['predecessor'] as Record<string, unknown>)['room_id'] === room,
  );
  await step(
    'the name came along',
    call('GET', `${next}/state/m.room.name/`, { as: '_sb_ghost' }),
    (b) => b['name'],
  );
  await step(
    'the old room is quiet',
    call('GET', inRoom('state', 'm.room.power_levels', ''), { as: '_sb_ghost' }),
    (b) => b,
  );
  await step(
    'the alias moved',
    call('GET', path('directory', 'room', `#_sb_one:${serverName}`)),
    (b) => b['room_id'] === upgraded['replacement_room'],
  );
  await dispatcher.close();
  return outcomes;
}
