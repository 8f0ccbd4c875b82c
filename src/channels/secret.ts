import { z } from 'zod';

/** What stands in the place of a secret wherever parameters are shown. */
export const secretShown = '[set]';

/**
 * Marks a string parameter as a secret: redacted in logs and answers, `writeOnly` in the config's JSON Schema.
 * Put it innermost, `secret().optional()`, so that the mark survives whatever is wrapped around it.
 */
export function secret(schema: z.ZodString = z.string().min(1).max(4096)): z.ZodString {
  return schema.meta({ secret: true, writeOnly: true });
}

/** Whether the schema, or what it wraps (optional, default, nullable, ...), was made by {@link secret}. */
export function isSecret(schema: z.ZodType): boolean {
  const marked = z.globalRegistry.get(schema)?.['secret'] === true;
  return marked || wrapped(schema).some(isSecret);
}

/** Whether what stands at the path is a secret, or a group of them; of a choice between forms, in any of them. */
export function isSecretAt(schema: z.ZodType, path: readonly PropertyKey[]): boolean {
  if (isSecret(schema)) return true;
  if (schema instanceof z.ZodUnion)
    return (schema.options as readonly z.ZodType[]).some((option) => isSecretAt(option, path));
  const inner = schema instanceof z.ZodLazy ? [schema.unwrap() as z.ZodType] : wrapped(schema);
  if (inner.length > 0) return inner.some((each) => isSecretAt(each, path));
  const [key, ...rest] = path;
  if (schema instanceof z.ZodRecord) {
    const value = schema.valueType as z.ZodType;
    return key === undefined ? isSecret(value) : isSecretAt(value, rest);
  }
  if (key === undefined) return false;
  if (schema instanceof z.ZodArray) return isSecretAt(schema.element as z.ZodType, rest);
  if (!(schema instanceof z.ZodObject)) return false;
  const shape = schema.shape as Readonly<Record<string, z.ZodType>>;
  const name = String(key);
  return Object.hasOwn(shape, name) && isSecretAt(shape[name]!, rest);
}

/**
 * A deep copy of `value` that may be shown: each secret that is there is replaced by {@link secretShown}. What the schema does
 * not describe is replaced too, since nobody can tell what it is (a mistyped name of a secret, say).
 */
export function redact(schema: z.ZodType, value: unknown): unknown {
  if (value === undefined || value === null) return value;
  if (isSecret(schema)) return secretShown;
  if (schema instanceof z.ZodObject) return redactObject(schema, value);
  if (schema instanceof z.ZodArray) {
    return redactArray(value, () => schema.element as z.ZodType);
  }
  if (schema instanceof z.ZodTuple) {
    const { items, rest } = schema.def;
    return redactArray(value, (index) => (items[index] ?? rest ?? undefined) as z.ZodType | undefined);
  }
  if (schema instanceof z.ZodRecord) {
    return redactFields(value, () => schema.valueType as z.ZodType);
  }
  if (schema instanceof z.ZodUnion) return redactUnion(schema.options as readonly z.ZodType[], value);
  if (schema instanceof z.ZodLazy) return redact(schema.unwrap() as z.ZodType, value);
  const inner = wrapped(schema);
  if (inner.length > 0) return redact(inner[0]!, value);
  return typeof value === 'object' ? secretShown : value;
}

/** The schemas inside one that only adds a rule to them. The input side of a pipe first: that is what people wrote. */
function wrapped(schema: z.ZodType): z.ZodType[] {
  if (schema instanceof z.ZodPipe) return [schema.in as z.ZodType, schema.out as z.ZodType];
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodNonOptional ||
    schema instanceof z.ZodReadonly ||
    schema instanceof z.ZodCatch
  ) {
    return [schema.unwrap() as z.ZodType];
  }
  return [];
}

function redactObject(schema: z.ZodObject, value: unknown): unknown {
  const shape = schema.shape as Readonly<Record<string, z.ZodType>>;
  const catchall = schema.def.catchall as z.ZodType | undefined;
  return redactFields(value, (key) => (Object.hasOwn(shape, key) ? shape[key] : catchall));
}

/** The first alternative that takes the value says what is secret in it; with none that does, nothing is shown. */
function redactUnion(options: readonly z.ZodType[], value: unknown): unknown {
  const fitting = options.filter((option) => option.safeParse(value).success);
  if (fitting[0] === undefined || fitting.some(isSecret)) return secretShown;
  return redact(fitting[0], value);
}

function redactFields(value: unknown, schemaOf: (key: string) => z.ZodType | undefined): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return secretShown;
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => {
      const schema = schemaOf(key);
      return [
        key,
        schema === undefined || schema instanceof z.ZodNever ? secretShown : redact(schema, field),
      ];
    }),
  );
}

function redactArray(value: unknown, schemaOf: (index: number) => z.ZodType | undefined): unknown {
  if (!Array.isArray(value)) return secretShown;
  return value.map((item, index) => {
    const schema = schemaOf(index);
    return schema === undefined ? secretShown : redact(schema, item);
  });
}
