/** A worker that answers every PUT with an event id, as fast as Node can; tells its port. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parentPort } from 'node:worker_threads';
import { readAll } from './lean-homeserver.ts';

let count = 0;
const server = createServer((request, response) => {
  readAll(request, () => {
    const body = JSON.stringify({ event_id: `$e${String((count += 1))}` });
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
    response.end(body);
  });
});
server.keepAliveTimeout = 120_000;
server.listen(0, '127.0.0.1', () => parentPort?.postMessage((server.address() as AddressInfo).port));
