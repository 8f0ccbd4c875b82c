import { readdirSync } from 'node:fs';
import { connectInspector } from './inspector.ts';
import type { Rig } from './rig.ts';

/** What a process holds, after its garbage is collected. */
export interface ProcessFigures {
  readonly heapBytes: number;
  readonly rssBytes: number;
  /** What keeps the event loop going: sockets, timers, requests under way. */
  readonly handles: number;
  readonly openFiles: number;
}

/** While the process goes on working: what is under way is counted. */
export async function processFigures(rig: Rig): Promise<ProcessFigures> {
  const inspector = await connectInspector(rig.inspectorPort);
  try {
    await inspector.call('HeapProfiler.enable');
    for (let round = 0; round < 2; round += 1) await inspector.call('HeapProfiler.collectGarbage');
    const { usedSize } = await inspector.call('Runtime.getHeapUsage');
    const { result } = await inspector.call('Runtime.evaluate', {
      expression: 'process.getActiveResourcesInfo().length',
      returnByValue: true,
    });
    await inspector.call('HeapProfiler.disable');
    return {
      heapBytes: Number(usedSize),
      rssBytes: rig.switchboard.rssBytes(),
      handles: (result as { readonly value: number }).value,
      openFiles: readdirSync(`/proc/${String(rig.switchboard.pid)}/fd`).length,
    };
  } finally {
    inspector.close();
  }
}
