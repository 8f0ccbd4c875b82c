import { setTimeout as sleep } from 'node:timers/promises';
import { connectInspector } from './inspector.ts';
import type { Rig } from './rig.ts';

export interface Memory {
  readonly heapBytes: number;
  readonly rssBytes: number;
}

/** Of Switchboard's process, when it has come to rest and after its garbage is collected. */
export async function memoryAtRest(rig: Rig): Promise<Memory> {
  await rest(rig);
  const inspector = await connectInspector(rig.inspectorPort);
  await inspector.call('HeapProfiler.enable');
  for (let round = 0; round < 3; round += 1) await inspector.call('HeapProfiler.collectGarbage');
  const { usedSize } = await inspector.call('Runtime.getHeapUsage');
  inspector.close();
  return { heapBytes: Number(usedSize), rssBytes: rig.switchboard.rssBytes() };
}

/** Waits until the process needs less than a twentieth of a core. */
export async function rest(rig: Rig): Promise<void> {
  for (let before = rig.switchboard.cpuSeconds(); ;) {
    await sleep(1000);
    const now = rig.switchboard.cpuSeconds();
    if (now - before < 0.05) return;
    before = now;
  }
}
