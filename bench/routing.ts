/**
 * Routing: a simulated day with its rules checked after every decision (fails where one is broken), and how long one decision takes
 * with 1,000 agents and 5,000 sessions that wait, and how long 100 rules take.
 *
 *     node bench/routing.ts [--sessions 20000] [--agents 100] [--hours 12] [--seed 1] [--rounds 60] [--shapes-only]
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { route } from '../src/routing/route.ts';
import { applyRules } from '../src/routing/rules/apply-rules.ts';
import { simulateDay } from '../test/routing/simulator/day.ts';
import { Latencies } from './rig/quantiles.ts';
import { routingShapes } from './rig/routing-shapes.ts';
import { hundredRules, ruledSession } from './rig/rule-shapes.ts';

const { values } = parseArgs({
  options: {
    sessions: { type: 'string', default: '20000' },
    agents: { type: 'string', default: '100' },
    hours: { type: 'string', default: '12' },
    seed: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '60' },
    'shapes-only': { type: 'boolean', default: false },
  },
});

function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function day(): void {
  const decisions = new Latencies();
  const began = performance.now();
  const cpu = processorSeconds();
  const { figures, violations } = simulateDay({
    seed: Number(values.seed),
    sessions: Number(values.sessions),
    agents: Number(values.agents),
    hours: Number(values.hours),
    choose: route,
    route: (state) => {
      const before = performance.now();
      const decision = route(state);
      decisions.add(performance.now() - before);
      return decision;
    },
  });
  console.log(
    `a day: ${values.sessions} sessions, ${values.agents} agents, ${values.hours} hours, seed ${values.seed}: ` +
      `${((performance.now() - began) / 1000).toFixed(1)} s, ${(processorSeconds() - cpu).toFixed(1)} s of processor time`,
  );
  console.log(
    `${String(figures.decisions)} decisions, ${String(figures.offers)} offers, ${String(figures.overflows)} sessions sent to another queue by a rule, ` +
      `${String(figures.longestQueue)} waited at most; ` +
      `a decision takes ${decisions.at(0.5).toFixed(2)} ms (p50), ${decisions.at(0.99).toFixed(2)} ms (p99)`,
  );
  for (const [queue, { waits, inTime, abandoned, estimates, hidden }] of figures.queues) {
    const waited = new Latencies();
    for (const ms of waits) waited.add(ms / 1000);
    const share = (100 * inTime) / (waits.length + abandoned);
    console.log(
      `  ${queue}: ${String(waits.length)} accepted, ${String(abandoned)} abandoned, ` +
        `waited ${waited.toString()} s (p50, p99), ${share.toFixed(1)} % answered in the promised time`,
    );
    const sum = (of: (each: (typeof estimates)[number]) => number): string =>
      (estimates.reduce((total, each) => total + of(each), 0) / estimates.length / 1000).toFixed(0);
    console.log(
      `    estimates: ${String(estimates.length)} said, ${String(hidden)} hidden; on average ${sum(({ saidMs }) => saidMs)} s said, ` +
        `${sum(({ wasMs }) => wasMs)} s waited, ${sum(({ saidMs, wasMs }) => Math.abs(saidMs - wasMs))} s beside it (mean absolute error)`,
    );
  }
  for (const { kind, times, first } of violations) console.error(`${kind}: ${String(times)} times, ${first}`);
  if (violations.length > 0) process.exitCode = 1;
  else console.log('  no rule was broken');
}

function shapes(): void {
  const measured = routingShapes().map((shape) => ({ ...shape, times: new Latencies(), offers: 0, cpu: 0 }));
  for (let round = -5; round < Number(values.rounds); round++)
    for (const shape of measured) {
      const cpu = processorSeconds();
      const before = performance.now();
      const decision = route(shape.state);
      if (round < 0) continue; // Compiled only after some rounds.
      shape.times.add(performance.now() - before);
      shape.cpu += processorSeconds() - cpu;
      shape.offers = decision.assignments.length;
    }
  console.log('one decision, 1,000 agents, 5,000 waiting: ms p50, p99; CPU ms on average; offers');
  for (const { name, times, cpu, offers } of measured)
    console.log(
      `  ${name}: ${times.toString()}; ${((cpu * 1000) / times.count).toFixed(1)}; ${String(offers)}`,
    );
}

function rules(): void {
  const compiled = hundredRules();
  const times = new Latencies();
  for (let round = -200; round < 2000; round++) {
    const before = performance.now();
    const { matched } = applyRules(compiled, ruledSession);
    if (matched.length > 0) throw new Error('no rule was to match');
    if (round >= 0) times.add((performance.now() - before) * 1000);
  }
  console.log(`100 rules, none of which matches: µs p50, p99: ${times.toString()}`);
}

if (!values['shapes-only']) day();
shapes();
rules();
console.log(`load average ${String(loadavg()[0]?.toFixed(1))}`);
