import { createServer, type AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { HttpUpload } from '../../../src/channels/xmpp/http-upload.ts';
import { ns } from '../../../src/channels/xmpp/namespaces.ts';
import { xmppParameters } from '../../../src/channels/xmpp/parameters.ts';
import { element } from '../../../src/channels/xmpp/xml.ts';
import { createGuardedFetch } from '../../../src/media/guarded-fetch.ts';
import { silentLogger } from '../../../src/platform/log.ts';
import { lineFetch } from '../../../src/sessions/media-access.ts';
import { manualClock } from '../../fixtures/manual-clock.ts';

let connections = 0;
const listener = createServer((socket) => {
  connections += 1;
  socket.destroy();
});
let port = 0;
const guarded = createGuardedFetch({ logger: silentLogger, allowHttp: true });
beforeAll(async () => {
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  port = (listener.address() as AddressInfo).port;
});
afterAll(async () => {
  await guarded.close();
  await new Promise((resolve) => listener.close(resolve));
});

/** The upload service of a server that names this place for every file. */
function uploadTo(place: string, trustedOrigins: readonly string[] = []): HttpUpload {
  const parameters = xmppParameters.parse({
    domain: 'acme.example.org',
    secret: 'the-component-secret',
    uploadService: 'upload.example.org',
    trustedOrigins,
  });
  const iq = {
    get: async (_from: string, _to: string, asked: { readonly name: string }) =>
      asked.name === 'request'
        ? element(
            'iq',
            {},
            element(
              'slot',
              { xmlns: ns.upload },
              element('put', { url: place }),
              element('get', { url: place }),
            ),
          )
        : element(
            'iq',
            {},
            element('query', { xmlns: ns.discoInfo }, element('feature', { var: ns.upload })),
          ),
  };
  return new HttpUpload(parameters, { iq: iq, clock: manualClock(), fetch: lineFetch(guarded) });
}
const file = () => ({ stream: Readable.from(['words']), mimeType: 'text/plain' });

it.each(['127.0.0.1', '2130706433', '[::ffff:127.0.0.1]', 'localhost'])(
  'a place for a file that leads to %s is not gone to, whatever its port',
  async (host) => {
    connections = 0;
    const given = file();
    const put = uploadTo(`https://${host}:${String(port)}/slot`).put(given, 5);
    await expect(put).rejects.toThrow('the file server did not take it');
    expect(connections).toBe(0);
    expect(given.stream.destroyed).toBe(true);
  },
);

it('one that the operator trusts is', async () => {
  connections = 0;
  const origin = `https://127.0.0.1:${String(port)}`;
  await expect(uploadTo(`${origin}/slot`, [origin]).put(file(), 5)).rejects.toThrow('no connection');
  expect(connections).toBeGreaterThan(0);
});
