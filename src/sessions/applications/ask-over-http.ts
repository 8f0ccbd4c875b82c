import type { DeliveryId, TenantId } from '../../platform/ids.ts';
import { findApplication } from '../../directory/application.ts';
import type { Directory } from '../../directory/directory.ts';
import { splitMethod } from '../../services/application/url-method.ts';
import type { ApplicationAnswer } from '../../services/programme/happenings.ts';
import type { ServiceOperation } from '../conversation-event.ts';
import type { CallApplication } from './application-caller.ts';

type Request = Extract<ServiceOperation, { kind: 'application' }>;

/** One try of a request. `number`: the first is 1. */
export interface Try {
  readonly id: DeliveryId;
  readonly number: number;
}

/** Asks the application that a request names, as it is declared now. @throws {DeliveryFailure} `retry`: to be asked again later */
export function createAskOverHttp(options: {
  readonly directory: Pick<Directory, 'tenant'>;
  readonly call: CallApplication;
}) {
  return async (
    tenantId: TenantId,
    { request, sent, queue }: Request,
    one: Try,
  ): Promise<ApplicationAnswer> => {
    const tenant = options.directory.tenant(tenantId);
    const { application: wanted, by } = request;
    const application = tenant && findApplication(tenant.applications, wanted, by);
    if (tenant === undefined || application === undefined) return { failure: notDeclared(wanted) };
    return options.call(tenant, {
      application,
      ...(wanted.includes('/') ? { url: wanted } : {}),
      parameters: sent,
      id: one.id,
      attempt: one.number,
      queue,
    });
  };
}

function notDeclared(wanted: string): string {
  if (!wanted.includes('/')) return 'the application that it names is not declared';
  return URL.canParse(wanted)
    ? `no application is declared at ${new URL(splitMethod(wanted).url).host}`
    : 'what it names is neither an application nor a URL';
}
