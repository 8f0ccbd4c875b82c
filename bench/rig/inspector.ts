import { setTimeout as sleep } from 'node:timers/promises';

/** The inside of another Node process that was started with `--inspect`: garbage collection, heap, CPU profile. */
export interface Inspector {
  call(method: string, parameters?: object): Promise<Record<string, unknown>>;
  close(): void;
}

export async function connectInspector(port: number): Promise<Inspector> {
  const address = await debuggerAddress(port);
  const socket = new WebSocket(address);
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', reject);
  });
  const waiting = new Map<number, (result: Record<string, unknown>) => void>();
  let lastId = 0;
  socket.addEventListener('message', ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { id?: number; result?: Record<string, unknown> };
    if (id !== undefined) waiting.get(id)?.(result ?? {});
  });
  return {
    call: async (method, parameters = {}) => {
      const id = (lastId += 1);
      const answered = new Promise<Record<string, unknown>>((resolve) => waiting.set(id, resolve));
      socket.send(JSON.stringify({ id, method, params: parameters }));
      return answered;
    },
    close: () => {
      socket.close();
    },
  };
}

async function debuggerAddress(port: number): Promise<string> {
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${String(port)}/json/list`).catch(() => undefined);
    const [target] = ((await answer?.json()) ?? []) as { webSocketDebuggerUrl: string }[];
    if (target !== undefined) return target.webSocketDebuggerUrl;
    await sleep(20);
  }
}
