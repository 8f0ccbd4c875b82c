import { apiBodies } from './api-bodies.ts';
import { eventWebhook } from './api/events/event-webhook.ts';
import { openApiDocument, type OpenApiDocument } from './api/openapi/document.ts';
import { routeDeclarations } from './api/operator-api.ts';

/** The document of the whole REST API. */
export function apiDocument(): OpenApiDocument {
  return openApiDocument(routeDeclarations, apiBodies(), [eventWebhook]);
}

/** As it stands in the repository. */
export function apiDocumentFile(): string {
  return `${JSON.stringify(apiDocument(), null, 2)}\n`;
}
