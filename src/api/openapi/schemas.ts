import { z } from 'zod';

type Json = Readonly<Record<string, unknown>>;

/** JSON Schemas of Zod schemas; those with an `id` are collected, for `components`. */
export class Schemas {
  readonly #named = new Map<string, unknown>();

  /** Of what we answer with. */
  output(schema: z.ZodType): Json {
    return this.#of(schema, 'output');
  }

  /** Of what callers send. */
  input(schema: z.ZodType): Json {
    return this.#of(schema, 'input');
  }

  /** A JSON Schema that was made elsewhere; parts of it that others refer to are called after `name`. */
  given(name: string, schema: object): Json {
    const rename = (part: string): string => `${name}_${part.replace(/^__schema/, 'part')}`;
    const text = JSON.stringify(schema).replaceAll(
      /"#\/\$defs\/([^"]+)"/g,
      (_, part: string) => `"#/components/schemas/${rename(part)}"`,
    );
    const { $schema: _, $defs = {}, ...whole } = JSON.parse(text) as Json & { readonly $defs?: Json };
    for (const [part, named] of Object.entries($defs)) this.#collect(rename(part), named);
    return whole;
  }

  get named(): Json {
    return Object.fromEntries([...this.#named].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #of(schema: z.ZodType, io: 'input' | 'output'): Json {
    // Within an object, so that a schema with an id becomes a reference, too.
    const whole = z.toJSONSchema(z.object({ it: schema }), { io, unrepresentable: 'any' });
    const { properties, $defs = {} } = inComponents(whole) as {
      readonly properties: { readonly it: Json };
      readonly $defs?: Json;
    };
    for (const [name, named] of Object.entries($defs)) this.#collect(name, named);
    return properties.it;
  }

  #collect(name: string, schema: unknown): void {
    const { id: _, ...rest } = schema as Json;
    const known = this.#named.get(name);
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(rest))
      throw new Error(`two schemas are called ${name}`);
    this.#named.set(name, rest);
  }
}

function inComponents(schema: object): unknown {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/'));
}
