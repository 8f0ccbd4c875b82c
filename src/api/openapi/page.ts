import { createHash } from 'node:crypto';
import type { OpenApiDocument } from './document.ts';

/** What of the document the page shows; whatever else stands there is in the document itself. */
interface Shown {
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly webhooks?: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}
interface Operation {
  readonly operationId: string;
  /** A webhook has none. */
  readonly tags?: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly 'x-scope'?: string;
  readonly security?: readonly object[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly description: string;
    readonly required: boolean;
    readonly schema: object;
  }[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<
    Record<string, { readonly description?: string; readonly content?: Content; readonly $ref?: string }>
  >;
}
type Content = Readonly<Record<string, { readonly schema: object }>>;

const style = `
:root{color-scheme:light dark;--line:#8884;--mark:#0a66c2}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem}
h2{margin-top:2.5rem;text-transform:capitalize}
article{border:1px solid var(--line);border-radius:8px;padding:.2rem 1rem 1rem;margin:1rem 0}
code,pre{font:14px/1.5 ui-monospace,monospace}
pre{overflow:auto;padding:.75rem;border:1px solid var(--line);border-radius:6px}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid var(--line)}
.method{color:var(--mark);font-weight:700}
nav{display:flex;flex-wrap:wrap;gap:.2rem 1rem}
summary{cursor:pointer;color:var(--mark)}
a{color:var(--mark)}
`;

/** Nothing of it comes from elsewhere, and nothing in it is run. */
export const pagePolicy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** The document for people: one HTML page, made when we start. */
export function openApiPage(document: OpenApiDocument): string {
  const { info, paths, webhooks = {}, components } = document as unknown as Shown;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      heading: `<span class="method">${method.toUpperCase()}</span> <code>${escaped(path)}</code>`,
      operation,
      access: whoMay(operation),
    })),
  );
  const calls = Object.values(webhooks).flatMap((methods) =>
    Object.entries(methods).map(([method, operation]) => ({
      heading: `<span class="method">${method.toUpperCase()}</span> to your program`,
      operation,
      access: 'Signed with the secret of the webhook',
    })),
  );
  const tags = [...new Set(operations.flatMap(({ operation: { tags: own = [] } }) => own))].sort();
  const sections = tags.map((tag) => {
    const own = operations.filter(({ operation }) => operation.tags?.includes(tag));
    return `<section id="${escaped(tag)}"><h2>${escaped(tag)}</h2>${own.map(article).join('')}</section>`;
  });
  const schemas = Object.entries(components.schemas).map(
    ([name, schema]) =>
      `<article id="schema-${escaped(name)}"><h3>${escaped(name)}</h3>${json(schema)}</article>`,
  );
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escaped(info.title)} API</title><style>${style}</style></head><body>`,
    `<h1>${escaped(info.title)} REST API</h1><p>${markdown(info.description)}</p>`,
    '<p>For programs: <a href="openapi.json">openapi.json</a> (OpenAPI 3.1).</p>',
    `<nav>${[...tags, 'calls', 'schemas'].map((tag) => `<a href="#${escaped(tag)}">${escaped(tag)}</a>`).join('')}</nav>`,
    ...sections,
    `<section id="calls"><h2>Calls to your program</h2>${calls.map(article).join('')}</section>`,
    `<section id="schemas"><h2>Schemas</h2>${schemas.join('')}</section></body></html>`,
  ].join('\n');
}

/** `heading` and `access` are HTML. */
function article(of: {
  readonly heading: string;
  readonly operation: Operation;
  readonly access: string;
}): string {
  const { heading, operation, access } = of;
  const { operationId, summary, description, parameters = [], requestBody, responses } = operation;
  const problems = Object.keys(responses).filter((status) => responses[status]?.$ref !== undefined);
  const rows = parameters.map(
    (parameter) =>
      `<tr><td><code>${escaped(parameter.name)}</code></td><td>${escaped(parameter.in)}${parameter.required ? '' : ', optional'}</td><td>${markdown(parameter.description)}</td></tr>`,
  );
  return [
    `<article id="${escaped(operationId)}"><h3>${heading}</h3>`,
    `<p>${markdown(summary)}.${description === undefined ? '' : ` ${markdown(description)}`}</p>`,
    `<p>${access}</p>`,
    rows.length === 0 ? '' : `<table><tbody>${rows.join('')}</tbody></table>`,
    requestBody === undefined ? '' : `<h4>Body</h4>${contentOf(requestBody.content)}`,
    '<h4>Answers</h4>',
    ...Object.entries(responses).flatMap(([status, { description: words, content, $ref }]) =>
      $ref === undefined
        ? `<p><strong>${status}</strong> ${markdown(words ?? '')}</p>${contentOf(content)}`
        : [],
    ),
    problems.length === 0
      ? ''
      : `<p>Problems: ${problems.join(', ')} (<a href="#schema-Problem">Problem</a>)</p>`,
    '</article>',
  ].join('');
}

function whoMay({ security = [], 'x-scope': scope }: Operation): string {
  if (scope !== undefined) return `Scope <code>${escaped(scope)}</code>`;
  return security.length === 0 ? 'No key is needed' : 'The operator only';
}

function contentOf(content: Content = {}): string {
  return Object.entries(content)
    .map(([type, { schema }]) => `<p><code>${escaped(type)}</code></p>${json(schema)}`)
    .join('');
}

function json(schema: object): string {
  const text = JSON.stringify(schema, null, 2);
  const linked = escaped(text).replaceAll(/#\/components\/schemas\/(\w+)/g, '<a href="#schema-$1">$1</a>');
  const lines = text.split('\n').length;
  return lines < foldedFrom
    ? `<pre>${linked}</pre>`
    : `<details><summary>Schema, ${String(lines)} lines</summary><pre>${linked}</pre></details>`;
}

/** A long schema is folded, so that a route stays in sight as a whole. */
const foldedFrom = 25;

/** Only what our own descriptions use: code. */
function markdown(text: string): string {
  return escaped(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
