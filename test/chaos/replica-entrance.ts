import { startBalancer } from './balancer.ts';
import { findNginx, startNginx } from './nginx.ts';

/** Where customers' networks and the homeserver reach replicas. */
export interface ReplicaEntrance {
  readonly kind: string;
  readonly httpPort: number;
  readonly appservicePort: number;
  close(): Promise<void>;
}

/** As that example has it. */
const answerWithinMs = 5000;

/** nginx with the example from deploy/, where it is installed; else a balancer of our own that follows its rules. */
export async function openEntrance(
  replicas: readonly { readonly appservice: number; readonly http: number }[],
): Promise<ReplicaEntrance> {
  const program = findNginx();
  if (program !== undefined) {
    const nginx = await startNginx(program, replicas);
    const { httpPort, appservicePort } = nginx;
    return { kind: 'nginx', httpPort, appservicePort, close: async () => nginx.stop() };
  }
  const http = await startBalancer(
    replicas.map((one) => one.http),
    answerWithinMs,
  );
  const appservice = await startBalancer(
    replicas.map((one) => one.appservice),
    answerWithinMs,
  );
  return {
    kind: 'a balancer',
    httpPort: http.port,
    appservicePort: appservice.port,
    async close() {
      await Promise.all([http.close(), appservice.close()]);
    },
  };
}
