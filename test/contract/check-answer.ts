import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { apiDocument } from '../../src/api-document.ts';

/** What of the document is looked into here. */
interface Document {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly responses: Record<string, DocumentedAnswer> }>>>
  >;
  readonly components: { readonly responses: Readonly<Record<string, DocumentedAnswer>> };
}
interface DocumentedAnswer {
  readonly $ref?: string;
  readonly content?: Readonly<Record<string, { readonly schema: object }>>;
}

export interface Answered {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly status: number;
  readonly type: string | null;
  readonly body: string;
}

/** An answer of the REST API that is not as its document says. */
export class NotAsDocumented extends Error {
  override readonly name = 'NotAsDocumented';
}

const documentId = 'https://switchboard.test/openapi.json';
const document = apiDocument() as unknown as Document;
const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);
ajv.addSchema(document, documentId, false, false);
const validators = new Map<string, ValidateFunction>();
const paths = Object.keys(document.paths).map((template) => ({
  template,
  pattern: new RegExp(`^${template.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`),
}));

/** @throws {NotAsDocumented} */
export function checkAnswer(answered: Answered): void {
  const { method, path, status, type, body } = answered;
  const complain = (what: string): never => {
    throw new NotAsDocumented(`${method} ${path}: ${String(status)}: ${what}`);
  };
  const template = paths.find(({ pattern }) => pattern.test(path))?.template;
  const operation = template === undefined ? undefined : document.paths[template]?.[method.toLowerCase()];
  if (operation === undefined && status !== 404) complain('there is no such route in the document');
  const documented = operation?.responses[String(status)];
  if (operation !== undefined && documented === undefined) complain('the status is not in the document');
  const [answer, pointer] = resolved(
    documented ?? { $ref: '#/components/responses/NotFound' },
    `/paths/${escaped(template ?? '')}/${method.toLowerCase()}/responses/${String(status)}`,
  );
  const mediaType = type?.split(';', 1)[0] ?? '';
  if (answer.content === undefined) {
    if (body !== '') complain('it has a body');
    return;
  }
  if (answer.content[mediaType] === undefined) complain(`${mediaType} is not in the document`);
  if (!mediaType.endsWith('json')) return;
  const at = `${documentId}#${pointer}/content/${escaped(mediaType)}/schema`;
  const validate = validators.get(at) ?? ajv.compile({ $ref: at });
  validators.set(at, validate);
  if (!validate(JSON.parse(body))) complain(ajv.errorsText(validate.errors));
}

function resolved(answer: DocumentedAnswer, pointer: string): readonly [DocumentedAnswer, string] {
  const name = answer.$ref?.split('/').at(-1);
  if (name === undefined) return [answer, pointer];
  return [document.components.responses[name] ?? {}, `/components/responses/${name}`];
}

/** For a JSON Pointer in a fragment. */
function escaped(name: string): string {
  return encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'));
}
