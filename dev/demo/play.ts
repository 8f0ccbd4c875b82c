import type { DemoAgent } from './agent.ts';
import type { Customer } from './customer.ts';
import { heading, line } from './print.ts';

export interface Script {
  readonly opening: string;
  readonly answer: string;
  readonly thanks: string;
  readonly ending: string;
}

const patienceMs = 90_000;

/** Plays one conversation and prints both sides as it happens. Throws when a message does not arrive. */
export async function play(customer: Customer, agents: readonly DemoAgent[], script: Script): Promise<void> {
  heading(customer.where);
  await customer.says(script.opening);
  line(customer.name, customer.where, script.opening);
  const { agent, room } = await whoIsAsked(agents);
  line(agent.name, 'Element', '(joins the room: takes the session)');
  await agent.sees(room, script.opening, patienceMs);
  line(agent.name, 'Element', `reads: ${script.opening}`);
  await agent.says(room, script.answer);
  line(agent.name, 'Element', script.answer);
  await customer.sees(script.answer, patienceMs);
  line(customer.name, customer.where, `reads: ${script.answer}`);
  await customer.says(script.thanks);
  line(customer.name, customer.where, script.thanks);
  await agent.sees(room, script.thanks, patienceMs);
  line(agent.name, 'Element', `reads: ${script.thanks}`);
  await agent.says(room, '!close');
  line(agent.name, 'Element', '!close');
  await customer.sees(script.ending, patienceMs);
  line(customer.name, customer.where, `reads: ${script.ending}`);
}

/** Whichever agent is invited joins. */
async function whoIsAsked(agents: readonly DemoAgent[]): Promise<{ agent: DemoAgent; room: string }> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const agent = agents.find((each) => each.hasOffer());
    if (agent !== undefined) return { agent, room: await agent.acceptNextOffer(patienceMs) };
    if (performance.now() > deadline)
      throw new Error(`no agent was invited within ${String(patienceMs / 1000)} s`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
