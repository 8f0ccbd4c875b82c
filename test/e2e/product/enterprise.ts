import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { fetchSynapse } from '../../../dev/synapse/fetch-synapse.ts';
import { startSynapse, type RunningSynapse } from '../../../dev/synapse/start-synapse.ts';
import type { RunningProsody } from '../../../dev/prosody/start-prosody.ts';
import { writeRegistration } from '../../../src/matrix/registration-file.ts';
import { startTwilio, type Twilio } from '../../peers/twilio/twilio.ts';
import { Agent } from './agent.ts';
import { viewHomeserver, type HomeserverView } from './homeserver-view.ts';

export const componentSecret = 'secret of the component in this test';

export interface EnterpriseOptions {
  /** Accounts and agents; the first names are asked first. */
  readonly agents: readonly string[];
  /** Accounts on the homeserver that are no agents of the tenant, or further accounts of those. */
  readonly strangers?: readonly string[];
  /** By agent: settings beside the usual ones, and names of their further accounts. */
  readonly settings?: Readonly<Record<string, object>>;
  readonly endpoints?: Readonly<Record<string, readonly string[]>>;
  readonly queue?: Readonly<Record<string, unknown>>;
  /** Beside the queue `support`. */
  readonly queues?: Readonly<Record<string, object>>;
  readonly availability?: object;
  readonly rules?: readonly object[];
  readonly texts?: Readonly<Record<string, string>>;
  readonly supervisors?: readonly string[];
  readonly services?: Readonly<Record<string, object>>;
  /** The service of the SMS line. */
  readonly service?: string;
  /** Programs that say what happens, as the config file has them. */
  readonly applications?: Readonly<Record<string, object>>;
}

/** A tenant with its homeserver, its agents in their apps, and its lines. */
export interface Enterprise {
  readonly id: string;
  readonly synapse: RunningSynapse;
  readonly view: HomeserverView;
  readonly twilio: Twilio;
  /** Whether what Twilio has taken is reported as delivered by itself. */
  readonly phones: { delivers: boolean };
  /** The tenant's SMS number. */
  readonly number: string;
  /** Where customers write by XMPP. */
  readonly jid: string;
  readonly webhookUrl: string;
  readonly chatUrl: string;
  readonly bot: string;
  readonly registration: string;
  /** What must not be in any log. */
  readonly secrets: readonly string[];
  /** For the config file. */
  readonly homeserver: object;
  readonly tenant: object;
  agent(name: string): Agent;
  /** Waits until each account of an agent is asked to its desk. */
  hasDesks(): Promise<unknown>;
  /** As an operator may, with the bot's own token: agents without rights cannot bring others in. */
  invite(room: string, user: string): Promise<void>;
  stop(): Promise<void>;
}

interface Place {
  readonly id: string;
  readonly index: number;
  readonly directory: string;
  readonly publicUrl: string;
  readonly appserviceUrl: string;
  readonly prosody: RunningProsody | undefined;
}

export async function startEnterprise(place: Place, options: EnterpriseOptions): Promise<Enterprise> {
  const { id, index, directory, publicUrl, appserviceUrl, prosody } = place;
  const { root } = await fetchSynapse();
  const registration = join(directory, `registration-${id}.yaml`);
  const serverName = `${id}.localhost`;
  writeRegistration(registration, {
    id: 'switchboard',
    url: appserviceUrl,
    prefix: '_switchboard_',
    domain: serverName,
  });
  const synapse = await startSynapse({ root, serverName, registrationFiles: [registration] });
  const account = {
    accountSid: `AC${String(index).padStart(32, '0')}`,
    authToken: `auth token of ${id}`,
  };
  const webSecret = `secret of the web chat of ${id}`;
  const number = `+1555111000${String(index)}`;
  const webhookUrl = `${publicUrl}/channels/sms/${id}/text`;
  const phones = { delivers: true };
  const twilio = await startTwilio({
    ...account,
    webhookUrl,
    get delivers() {
      return phones.delivers;
    },
  });
  const agents = new Map<string, Agent>();
  const stop = async (): Promise<void> => {
    for (const agent of agents.values()) agent.signOut();
    await twilio.close();
    await synapse.stop();
  };
  try {
    for (const name of [...options.agents, ...(options.strangers ?? [])])
      agents.set(name, await Agent.signIn(synapse, name));
    const view = await viewHomeserver(synapse);
    return {
      id,
      synapse,
      view,
      twilio,
      phones,
      number,
      jid: `support@${id}.localhost`,
      webhookUrl,
      chatUrl: `${publicUrl}/channels/web/${id}/chat/chat`,
      bot: `@_switchboard_bot:${serverName}`,
      registration,
      secrets: [account.authToken, webSecret, componentSecret, ...Object.values(tokensOf(registration))],
      homeserver: { url: synapse.base, domain: serverName, registration },
      tenant: {
        name: id,
        homeserver: id,
        identifiers: ['support', number],
        agents: Object.fromEntries(
          options.agents.map((name) => [
            name,
            {
              user: `@${name}:${serverName}`,
              name: name.slice(0, 1).toUpperCase() + name.slice(1),
              supervisor: options.supervisors?.includes(name) ?? false,
              endpoints: (options.endpoints?.[name] ?? []).map((other) => `@${other}:${serverName}`),
              capacity: 50,
              ...options.settings?.[name],
            },
          ]),
        ),
        queues: { support: { name: 'Support', agents: options.agents, ...options.queue }, ...options.queues },
        ...(options.availability === undefined ? {} : { availability: options.availability }),
        ...(options.rules === undefined ? {} : { rules: options.rules }),
        lines: {
          text: {
            ...smsLine(account, number, twilio),
            ...(options.service === undefined ? {} : { service: options.service }),
          },
          chat: {
            channel: 'web',
            queue: 'support',
            parameters: { secret: webSecret, limits: { messagesPerMinute: 10_000 } },
          },
          ...(prosody === undefined ? {} : { jabber: xmppLine(`${id}.localhost`, prosody) }),
        },
        services: options.services ?? {},
        applications: options.applications ?? {},
        texts: options.texts ?? {},
        // Robots answer each other here, faster than people.
        answersPerMinute: 0,
      },
      agent(name) {
        const found = agents.get(name);
        if (found === undefined) throw new Error(`no agent ${name}`);
        return found;
      },
      hasDesks: async () =>
        Promise.all(
          [...options.agents, ...Object.values(options.endpoints ?? {}).flat()].map(async (name) =>
            agents.get(name)?.hasDesk(),
          ),
        ),
      async invite(room, user) {
        const { as_token: token } = tokensOf(registration);
        const path = `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/invite`;
        const answer = await fetch(synapse.base + path, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}` },
          body: JSON.stringify({ user_id: user }),
        });
        if (!answer.ok) throw new Error(`invite: ${String(answer.status)} ${await answer.text()}`);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function tokensOf(registration: string): { as_token: string; hs_token: string } {
  const { as_token, hs_token } = parse(readFileSync(registration, 'utf8')) as Record<string, string>;
  return { as_token: as_token ?? '', hs_token: hs_token ?? '' };
}

export function smsLine(account: object, from: string, twilio: Twilio) {
  return {
    channel: 'sms',
    queue: 'support',
    sendLimits: { perAddressPerMinute: 'off', perAddressPerDay: 'off' },
    parameters: { ...account, from, apiBaseUrl: twilio.baseUrl, mediaOrigins: [twilio.mediaOrigin] },
  };
}

export function xmppLine(domain: string, prosody: RunningProsody) {
  return {
    channel: 'xmpp',
    queue: 'support',
    parameters: {
      domain,
      port: prosody.ports.components,
      secret: componentSecret,
      server: prosody.host,
      trustedOrigins: [`http://127.0.0.1:${String(prosody.ports.http)}`],
    },
  };
}
