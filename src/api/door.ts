import type { Request, Response } from 'express';
import { bearerOf, isBearer } from './bearer.ts';
import type { Caller } from './caller.ts';
import type { KeyCheck } from './keys/key-check.ts';
import type { KeyLimits } from './keys/key-limits.ts';
import { Refusal } from './refusal.ts';
import type { Access } from './scopes.ts';

export interface DoorOptions {
  /** Asked for as a bearer token: may do everything. */
  readonly operatorToken: string;
  /** The one before, or the one to come: taken as well. */
  readonly secondaryOperatorToken?: string;
  /** Without it there are no keys but the operator's. */
  readonly keys?: KeyCheck;
  readonly limits?: KeyLimits;
}

/** Who comes in, and what they may. */
export interface Door {
  /** Counts the request, and sets on its answer what its caller is to know of that. @throws {Refusal} 401, 429 */
  callerOf(request: Request<Record<string, string>>, response: Response): Promise<Caller>;
  /** @throws {Refusal} 403 */
  mustMay(caller: Caller, access: Access): void;
}

export function createDoor({ operatorToken, secondaryOperatorToken, keys, limits }: DoorOptions): Door {
  const operatorTokens = [
    operatorToken,
    ...(secondaryOperatorToken === undefined ? [] : [secondaryOperatorToken]),
  ];
  return {
    async callerOf(request, response) {
      const { authorization } = request.headers;
      const isOperator = operatorTokens.map((token) => isBearer(authorization, token)).includes(true);
      const token = bearerOf(authorization);
      const caller: Caller | undefined = isOperator
        ? { kind: 'operator' }
        : token === undefined
          ? undefined
          : await keys?.(token);
      if (caller === undefined) throw unauthorised();
      if (limits !== undefined) response.set(await limits.take(caller));
      return caller;
    },
    mustMay(caller, access) {
      if (caller.kind === 'operator' || access === 'public') return;
      if (access === 'operator') throw forbidden('Only the operator may do this.');
      if (!caller.scopes.includes(access)) throw forbidden(`This key lacks the scope ${access}.`, access);
    },
  };
}

function unauthorised(): Refusal {
  return new Refusal({
    status: 401,
    title: 'Unauthorized',
    detail:
      'Authorization: expected Bearer and a key of the tenant that is neither revoked nor expired, or the http.operatorToken of the config file.',
    headers: { 'www-authenticate': 'Bearer' },
  });
}

/** RFC 6750, section 3.1. */
function forbidden(detail: string, scope?: string): Refusal {
  const named = scope === undefined ? '' : `, scope="${scope}"`;
  return new Refusal({
    status: 403,
    title: 'Forbidden',
    detail,
    headers: { 'www-authenticate': `Bearer error="insufficient_scope"${named}` },
  });
}
