import type { Request } from 'express';
import { badRequest, Refusal } from './refusal.ts';
import { readBody } from './read-body.ts';

/** Bodies of REST calls are small. */
const maxBytes = 1024 * 1024;
/** Deeper ones are somebody's trick: nothing of ours is. */
const maxDepth = 64;

/** The JSON that a caller whom the guard has let in sent. @throws {Refusal} */
export async function readJson(request: Request<Record<string, string>>): Promise<unknown> {
  mustBeJson(request);
  const body = await readBody(request, maxBytes, { take: () => true });
  if (body === 'too large') throw tooLarge();
  if (!(body instanceof Buffer)) throw badRequest('The body ended too soon.');
  return valueOf(body);
}

/** The same, of a body that was read already. @throws {Refusal} */
export function jsonOf(request: Request<Record<string, string>>, body: Buffer): unknown {
  mustBeJson(request);
  if (body.length > maxBytes) throw tooLarge();
  return valueOf(body);
}

function mustBeJson(request: Request<Record<string, string>>): void {
  const type = request.headers['content-type'] ?? '';
  if (/^application\/json(?:\s*;|$)/i.test(type)) return;
  throw new Refusal({
    status: 415,
    title: 'Unsupported Media Type',
    detail: 'Content-Type: expected application/json.',
  });
}

function tooLarge(): Refusal {
  return new Refusal({
    status: 413,
    title: 'Content Too Large',
    detail: `At most ${String(maxBytes)} bytes are taken here.`,
  });
}

function valueOf(body: Buffer): unknown {
  const value = parsed(body);
  if (value === undefined) throw badRequest('The body is no JSON in UTF-8.');
  if (isDeeper(value, maxDepth)) throw badRequest(`The body is nested more than ${String(maxDepth)} deep.`);
  return value;
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}
