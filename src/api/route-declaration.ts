import type { z } from 'zod';
import type { Access } from './scopes.ts';

export interface DeclaredParameter {
  readonly description: string;
  readonly schema: z.ZodType;
}

/** An answer that is no problem. */
export interface DeclaredAnswer {
  readonly description: string;
  /** None: there is no body. */
  readonly schema?: z.ZodType;
  /** `application/json` unless given. */
  readonly mediaType?: string;
  /** Names with what they mean. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * A route of the REST API: what the OpenAPI document says of it, and what its requests are held to. Every route may also answer with the
 * problems that the guard gives; `problems` names what comes on top of those.
 */
export interface RouteDeclaration<Body extends z.ZodType = z.ZodType> {
  readonly method: 'get' | 'put' | 'post' | 'delete';
  /** With `:tenant`, `:id` and so on. */
  readonly path: string;
  /** Unique; what generated clients call it. */
  readonly operation: string;
  readonly summary: string;
  readonly description?: string;
  readonly access: Access;
  readonly parameters?: Readonly<Record<string, DeclaredParameter>>;
  readonly query?: Readonly<Record<string, DeclaredParameter>>;
  readonly headers?: Readonly<Record<string, DeclaredParameter>>;
  /** JSON. What the request's body is checked with. */
  readonly body?: Body;
  readonly answers: Readonly<Record<number, DeclaredAnswer>>;
  readonly problems?: readonly number[];
  /** Whether an `Idempotency-Key` makes the request repeatable. Set by whoever registers it. */
  readonly takesKey?: boolean;
}
