import { Router } from 'express';
import { z } from 'zod';
import type { RouteDeclaration } from '../route-declaration.ts';
import type { OpenApiDocument } from './document.ts';
import { openApiPage, pagePolicy } from './page.ts';

const documentPath = '/api/v1/openapi.json';
const pagePath = '/api/v1/docs';

export const documentDeclarations: readonly RouteDeclaration[] = [
  {
    method: 'get',
    path: documentPath,
    operation: 'getDocument',
    summary: 'This document',
    access: 'public',
    answers: {
      200: { description: 'OpenAPI 3.1.', schema: z.object({ openapi: z.string() }).catchall(z.unknown()) },
    },
  },
  {
    method: 'get',
    path: pagePath,
    operation: 'getDocumentPage',
    summary: 'This document for people',
    access: 'public',
    answers: { 200: { description: 'A page.', schema: z.string(), mediaType: 'text/html' } },
  },
];

/** The document as it is, and as a page. It is the same for every installation, and names nothing of this one. */
export function documentRoutes({ document }: { readonly document: OpenApiDocument }): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const text = JSON.stringify(document);
  const page = openApiPage(document);
  router.get(documentPath, (_, response) => {
    response.set({ 'cache-control': 'no-cache', 'content-type': 'application/json' }).end(text);
  });
  router.get(pagePath, (_, response) => {
    response
      .set({
        'cache-control': 'no-cache',
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': pagePolicy,
      })
      .end(page);
  });
  return router;
}
