import { openApiDocument, type OpenApiDocument } from './api/openapi/document.ts';
import { routeDeclarations } from './api/operator-api.ts';
import { lineBodySchema } from './config/generated-files.ts';

/** The document of the whole REST API. What a line may be is what the config file's may be, by its network. */
export function apiDocument(): OpenApiDocument {
  return openApiDocument(routeDeclarations, { putLine: lineBodySchema() });
}

/** As it stands in the repository. */
export function apiDocumentFile(): string {
  return `${JSON.stringify(apiDocument(), null, 2)}\n`;
}
