import { z } from 'zod';
import {
  ChannelError,
  type ChannelHost,
  type ChannelReply,
  type ChannelRequest,
  type Line,
} from '../channel.ts';
import { readJson } from '../../platform/read-json.ts';
import { maxFileBytes } from './capabilities.ts';
import { fromCustomer, fromLoopback } from './from-loopback.ts';
import type { LoopbackParameters } from './parameters.ts';
import type { ShownLog } from './shown-log.ts';
import { isSignedBy, signatureHeader } from './signature.ts';

/** Answers the customers' program: `POST /messages`, `GET /messages`, `POST /files`. */
export async function receive(
  request: ChannelRequest,
  line: Line<LoopbackParameters>,
  host: ChannelHost,
  shownLog: ShownLog,
): Promise<ChannelReply> {
  const target = `${new URL(host.publicUrl).pathname}${request.path}${request.query === '' ? '' : `?${request.query}`}`;
  const { parameters, previous } = line;
  const secrets = [parameters.secret, parameters.secondarySecret ?? []].flat();
  if (previous !== undefined && host.clock.now() < previous.until) secrets.push(previous.parameters.secret);
  const signature = request.headers[signatureHeader];
  const { method, body } = request;
  if (!isSignedBy(secrets, signature, method, target, body)) {
    return json(403, { error: `${signatureHeader} does not fit the request` });
  }
  switch (`${request.method} ${request.path}`) {
    case 'POST /messages':
      return takeMessage(request.body, line, host);
    case 'GET /messages':
      return showMessages(new URLSearchParams(request.query), shownLog);
    case 'POST /files':
      return takeFile(request, host);
    default:
      return json(404, {
        error: 'POST /messages, GET /messages?address=&after= and POST /files are what there is',
      });
  }
}

async function takeMessage(
  body: Buffer,
  line: Line<LoopbackParameters>,
  host: ChannelHost,
): Promise<ChannelReply> {
  const parsed = fromCustomer.safeParse(parseJson(body));
  if (!parsed.success) return json(400, { error: z.prettifyError(parsed.error) });
  const came = fromLoopback(parsed.data, line.id, host.clock.now());
  if ('typing' in came) host.typing(came.typing);
  // A rejection goes up and becomes a 503: the customers' program sends it again under the same id.
  else await host.accept([came.event]);
  return json(202, {});
}

async function showMessages(query: URLSearchParams, shownLog: ShownLog): Promise<ChannelReply> {
  const after = Number(query.get('after') ?? '0');
  const address = query.get('address') ?? '';
  if (address === '' || !Number.isSafeInteger(after) || after < 0) {
    return json(400, { error: 'address must be given, and after must be a sequence number' });
  }
  return json(200, { messages: await shownLog.read(address, after) });
}

async function takeFile(request: ChannelRequest, host: ChannelHost): Promise<ChannelReply> {
  if (request.body.length === 0) return json(400, { error: 'the file is empty' });
  const mimeType = request.headers['content-type'] ?? 'application/octet-stream';
  try {
    const { reference } = await host.files.write(request.body, { mimeType, maxBytes: maxFileBytes });
    return json(201, { file: reference });
  } catch (error) {
    if (error instanceof ChannelError && error.kind === 'permanent')
      return json(413, { error: error.reason });
    throw error;
  }
}

/** `undefined` for what is no JSON; the schema then says what was expected instead. */
function parseJson(body: Buffer): unknown {
  try {
    return readJson(body);
  } catch {
    return undefined;
  }
}

function json(status: number, content: object): ChannelReply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(content) };
}
