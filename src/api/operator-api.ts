import type { Router } from 'express';
import type { Ledger } from '../sessions/ledger/ledger.ts';
import type { RoutingDesk } from '../sessions/routing-desk.ts';
import { agentRoutes } from './agent-routes.ts';
import type { Directory } from '../directory/directory.ts';
import type { DirectoryDesk } from '../sessions/kept-directory/directory-desk.ts';
import type { DirectoryRules } from '../sessions/kept-directory/directory-rules.ts';
import { eventStreamRoutes, type EventStreamRoutesOptions } from './events/stream-routes.ts';
import { webhookRoutes, type WebhookRoutesOptions } from './events/webhook-routes.ts';
import { deliveryRoutes, type DeliveryRoutesOptions } from './delivery-routes.ts';
import { keyRoutes, type KeyRoutesOptions } from './keys/key-routes.ts';
import { ledgerRoutes } from './ledger-routes.ts';
import { identifierRoutes } from './identifier-routes.ts';
import { lineRoutes, type LineRoutesOptions } from './line-routes.ts';
import { documentDeclarations, documentRoutes } from './openapi/document-routes.ts';
import type { OpenApiDocument } from './openapi/document.ts';
import { createOperatorGuard, type OperatorGuardOptions } from './operator-guard.ts';
import { parkedRoutes, type ParkedRoutesOptions } from './parked-routes.ts';
import { partKinds, partRoutes } from './part-routes.ts';
import { quarantineRoutes, type QuarantineRoutesOptions } from './quarantine-routes.ts';
import { queueRoutes } from './queue-routes.ts';
import { queueSettingsRoutes } from './queue-settings-routes.ts';
import type { RouteDeclaration } from './route-declaration.ts';
import { routingRoutes } from './routing-routes.ts';
import { ruleRoutes, type RuleRoutesOptions } from './rule-routes.ts';
import { secretRoutes, type SecretRoutesOptions } from './secret-routes.ts';
import { sharedLineRoutes } from './shared-line-routes.ts';
import { whileStarting } from './starting.ts';
import { tenantRoutes } from './tenant-routes.ts';

export interface OperatorApiOptions extends OperatorGuardOptions {
  /** Until then every route answers 503. */
  readonly isReady: () => boolean;
  readonly quarantine: QuarantineRoutesOptions['quarantine'];
  readonly deliveries: DeliveryRoutesOptions['deliveries'];
  readonly ledger: Ledger;
  readonly lines: LineRoutesOptions['lines'];
  readonly routing: RoutingDesk;
  readonly rules: RuleRoutesOptions['rules'];
  readonly directory: DirectoryDesk;
  readonly identifiers: Pick<Directory, 'resolve'>;
  readonly nameOf: DirectoryRules['nameOf'];
  readonly parked: ParkedRoutesOptions['parked'];
  readonly keyDesk: KeyRoutesOptions['keyDesk'];
  readonly events: EventStreamRoutesOptions['events'];
  readonly streams: EventStreamRoutesOptions['streams'];
  readonly hookDesk: WebhookRoutesOptions['hookDesk'];
  readonly secrets: SecretRoutesOptions['secrets'];
  /** Of {@link routeDeclarations}. */
  readonly document: OpenApiDocument;
}

/** Every route below is declared here too: what is not, is not in the document, and fails the tests of answers. */
const declared = [
  quarantineRoutes,
  deliveryRoutes,
  ledgerRoutes,
  lineRoutes,
  agentRoutes,
  queueRoutes,
  routingRoutes,
  ruleRoutes,
  keyRoutes,
  eventStreamRoutes,
  webhookRoutes,
  secretRoutes,
  tenantRoutes,
  queueSettingsRoutes,
  identifierRoutes,
  parkedRoutes,
  sharedLineRoutes,
  ...partKinds.map(partRoutes),
];

export const routeDeclarations: readonly RouteDeclaration[] = [
  ...declared.flatMap(({ declarations }) => declarations),
  ...documentDeclarations,
];

/** The REST API, under `/api/v1/tenants/{tenant}` and `/api/v1`, each route behind the same guard. */
export function operatorApi(options: OperatorApiOptions): Router[] {
  const guard = createOperatorGuard(options);
  return [
    whileStarting(options.isReady),
    ...declared.map((routes) => routes({ ...options, guard })),
    documentRoutes(options),
  ];
}
