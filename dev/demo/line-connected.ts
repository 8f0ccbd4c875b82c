import { setTimeout as sleep } from 'node:timers/promises';

const patienceMs = 60_000;

/** Waits until a line holds its connection, as the metrics have it: what is written before is refused by its network. @throws where it does not */
export async function lineConnected(publicUrl: string, channel: string): Promise<void> {
  const connected = new RegExp(
    `^switchboard_line_state\\{.*channel="${channel}".*state="connected".*\\} 1$`,
    'm',
  );
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const answer = await fetch(`${publicUrl}/metrics`);
    if (connected.test(await answer.text())) return;
    if (performance.now() > deadline)
      throw new Error(`the ${channel} line was not connected within ${String(patienceMs / 1000)} s`);
    await sleep(50);
  }
}
