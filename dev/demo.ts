import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { startTwilio } from '../test/peers/twilio/twilio.ts';
import { DemoAgent } from './demo/agent.ts';
import { demoUsage, readArguments, type GivenHomeserver } from './demo/arguments.ts';
import { smsCustomer, webCustomer, xmppCustomer, type Customer } from './demo/customer.ts';
import { lineConnected } from './demo/line-connected.ts';
import { play } from './demo/play.ts';
import { heading, step } from './demo/print.ts';
import { startSwitchboardProcess } from './demo/switchboard-process.ts';
import { buildWeb } from './build-web.ts';
import { freePorts } from './free-ports.ts';
import { ensureProsody } from './prosody/ensure-prosody.ts';
import { startProsody } from './prosody/start-prosody.ts';
import { fetchSynapse } from './synapse/fetch-synapse.ts';
import { registerUser } from './synapse/register-user.ts';
import { startSynapse } from './synapse/start-synapse.ts';
import { writeRegistration } from '../src/matrix/registration-file.ts';

const componentSecret = 'secret of the demo component';
const twilioAccount = { accountSid: `AC${'0'.repeat(32)}`, authToken: 'auth token of the stand-in' };
const ourNumber = '+15551110000';
const agentPassword = 'demo-password';

const progress = { everyMessageArrived: false };
/** Listens until the end: npm passes on a Ctrl-C that the terminal has sent us already, and the second must not stop the tidying up. */
const interrupted = new Promise((resolve) => {
  process.on('SIGINT', resolve).on('SIGTERM', resolve);
});

/** What was started, undone in the opposite order. */
const undo: (() => Promise<unknown> | undefined)[] = [];

interface DemoHomeserver {
  readonly url: string;
  readonly domain: string;
  readonly registration: string;
  readonly agents: readonly { readonly user: string; readonly password: string }[];
}

async function bringHomeserver(directory: string, appservicePort: number): Promise<DemoHomeserver> {
  step(
    'Homeserver: bringing Synapse from Debian’s packages (about 20 s the first time, then from the cache)',
  );
  const { root } = await fetchSynapse({
    onProgress: (line) => {
      step(`  ${line}`);
    },
  });
  const registration = join(directory, 'registration.yaml');
  writeRegistration(registration, {
    id: 'switchboard',
    url: `http://127.0.0.1:${String(appservicePort)}`,
    prefix: '_switchboard_',
    domain: 'localhost',
  });
  const synapse = await startSynapse({ root, registrationFiles: [registration] });
  undo.push(async () => synapse.stop());
  step(`Homeserver: Synapse answers at ${synapse.base}, with our application service registered`);
  const agents = await Promise.all(
    ['anna', 'ben'].map(async (name) => {
      const { userId } = await registerUser({ ...synapse, name, password: agentPassword });
      return { user: userId, password: agentPassword };
    }),
  );
  return { url: synapse.base, domain: synapse.serverName, registration, agents };
}

function useHomeserver(given: GivenHomeserver): DemoHomeserver {
  step(`Homeserver: using ${given.url}`);
  return given;
}

function tenantOf(homeserver: DemoHomeserver, lines: object): object {
  const [anna, ben] = homeserver.agents;
  return {
    name: 'Acme',
    homeserver: 'main',
    identifiers: ['support', ourNumber],
    agents: { anna: { user: anna?.user, name: 'Anna' }, ben: { user: ben?.user, name: 'Ben' } },
    queues: { support: { name: 'Support', agents: ['anna', 'ben'] } },
    lines,
    texts: { agentJoined: 'You are talking to {agent}.', closed: 'Thank you for writing to {tenant}.' },
  };
}

async function demo(): Promise<void> {
  const { once, homeserver: given } = readArguments(process.argv.slice(2));
  const directory = mkdtempSync(join(tmpdir(), 'switchboard-demo-'));
  undo.push(async () => {
    rmSync(directory, { recursive: true, force: true });
  });
  const [freePort = 0, httpPort = 0] = await freePorts(2);
  const appservicePort = given?.appservicePort ?? freePort;
  const homeserver =
    given === undefined ? await bringHomeserver(directory, appservicePort) : useHomeserver(given);

  const prosodyFound = await ensureProsody({
    onProgress: (line) => {
      step(`  ${line}`);
    },
  });
  const prosody =
    'unavailable' in prosodyFound
      ? undefined
      : await startProsody({
          components: [{ domain: 'acme.localhost', secret: componentSecret }],
          users: [{ name: 'xenia', password: 'xenia-password' }],
        });
  if (prosody === undefined)
    step(`XMPP: left out: ${'unavailable' in prosodyFound ? prosodyFound.unavailable : ''}`);
  else {
    undo.push(async () => prosody.stop());
    step('XMPP: a real Prosody runs, with Switchboard as its component acme.localhost');
  }

  const publicUrl = `http://127.0.0.1:${String(httpPort)}`;
  const twilio = await startTwilio({ ...twilioAccount, webhookUrl: `${publicUrl}/channels/sms/acme/text` });
  undo.push(async () => twilio.close());
  step('SMS: a stand-in for Twilio runs (no real text message is sent)');
  await buildWeb({
    onProgress: (line) => {
      step(`  ${line}`);
    },
  });
  step('Web chat: page and widget are built');

  const lines = {
    text: {
      channel: 'sms',
      queue: 'support',
      parameters: {
        ...twilioAccount,
        from: ourNumber,
        apiBaseUrl: twilio.baseUrl,
        mediaOrigins: [twilio.mediaOrigin],
      },
    },
    ...(prosody === undefined
      ? {}
      : {
          jabber: {
            channel: 'xmpp',
            queue: 'support',
            parameters: {
              domain: 'acme.localhost',
              port: prosody.ports.components,
              secret: componentSecret,
              server: prosody.host,
            },
          },
        }),
    chat: {
      channel: 'web',
      queue: 'support',
      parameters: { secret: 'a secret of the demo, sixteen or more' },
    },
  };
  const config = join(directory, 'config.yaml');
  writeFileSync(
    config,
    stringify({
      homeservers: {
        main: { url: homeserver.url, domain: homeserver.domain, registration: homeserver.registration },
      },
      appservice: { port: appservicePort },
      http: { port: httpPort },
      store: { directory: join(directory, 'data') },
      tenants: { acme: tenantOf(homeserver, lines) },
    }),
  );
  step('Switchboard: starting, with the embedded store');
  const switchboard = await startSwitchboardProcess({
    config,
    httpPort,
    log: join(directory, 'switchboard.log'),
  });
  undo.push(async () => switchboard.stop());
  if (prosody !== undefined) await lineConnected(publicUrl, 'xmpp');
  step(`Switchboard: ready at ${publicUrl}`);

  const agents = await Promise.all(
    homeserver.agents.map(async ({ user, password }, index) =>
      DemoAgent.signIn({ name: index === 0 ? 'Anna' : 'Ben', base: homeserver.url, user, password }),
    ),
  );
  undo.push(async () => {
    for (const agent of agents) agent.signOut();
  });

  const chat = `${publicUrl}/channels/web/acme/chat`;
  const customers: Customer[] = [
    smsCustomer(twilio, '+15552229999', ourNumber),
    ...(prosody === undefined
      ? []
      : [
          await xmppCustomer({
            service: prosody.clientService,
            domain: prosody.host,
            name: 'xenia',
            password: 'xenia-password',
            to: 'support@acme.localhost',
          }),
        ]),
    await webCustomer(chat),
  ];
  for (const [index, customer] of customers.entries()) {
    await play(customer, agents, {
      opening: `Hello, where is my order ${String(1001 + index)}?`,
      answer: `It left our house this morning, order ${String(1001 + index)} will be with you tomorrow.`,
      thanks: `Thank you, that helps (${String(1001 + index)}).`,
      ending: 'Thank you for writing to Acme.',
    });
    await customer.leave();
  }
  progress.everyMessageArrived = true;
  heading(`${String(customers.length)} conversations, every message arrived on the other side.`);
  if ('unavailable' in prosodyFound) {
    step(`XMPP was left out, so its conversation was not played: ${prosodyFound.unavailable}.`);
    // Left out on purpose, it is no failure.
    if (once && process.env['SWITCHBOARD_NO_PROSODY'] !== '1') {
      step(
        'Install Prosody (as root: apt-get install prosody), or set SWITCHBOARD_NO_PROSODY=1 to do without.',
      );
      process.exitCode = 1;
      return;
    }
  }
  if (once) {
    step(
      'Next: `npm run demo` stays up, so that you can write yourself; docs/operator.md installs Switchboard for good.',
    );
    return;
  }

  for (const agent of agents) agent.signOut();
  console.log(`
Go on by hand:
  Customer, web chat   open ${chat}/chat in a browser
  Customer, SMS        curl -d From=+15553334444 -d To=${ourNumber} --data-urlencode 'Body=Hello' ${twilio.baseUrl}/stand-in/customer-sends
  Agent, Element       homeserver ${homeserver.url}, user ${homeserver.agents[0]?.user ?? ''}, password ${given === undefined ? agentPassword : '(yours)'}
                       (and ${homeserver.agents[1]?.user ?? ''}); accept the invitation, write, end with !close; !help lists more
  Operator             ${publicUrl}/ready, ${publicUrl}/metrics, log: ${switchboard.log}
Ctrl-C ends everything.`);
  await interrupted;
}

async function tidyUp(): Promise<void> {
  for (const action of undo.reverse())
    await action()?.catch((error: unknown) => {
      console.error(String(error));
    });
}

if (process.argv.includes('--help')) console.log(demoUsage);
else {
  try {
    await Promise.race([demo(), interrupted]);
    // 130: ended by Ctrl-C, as shells have it.
    if (!progress.everyMessageArrived) process.exitCode = 130;
  } catch (error) {
    console.error(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
  await tidyUp();
  process.exit();
}
