import { as, type ServiceId, type TenantId } from '../../platform/ids.ts';
import type { Directory } from '../../directory/directory.ts';
import type { LookUp } from '../../services/instruction.ts';
import type { LookUpAnswer } from '../../services/programme/happenings.ts';
import { lookUp, notHad, type LookUpOptions } from './look-up.ts';

/**
 * Makes what asks a server for a dialog: with what is sent along as the tenant declares it now, and only then, so that no secret of it lies in
 * the store with the request. Where the operator trusts servers, dialogs of the config file may ask them; those that came by REST may not.
 */
export function createDeclaredLookUp({
  directory,
  fetch,
  trustedOrigins,
}: LookUpOptions & { readonly directory: Pick<Directory, 'tenant'> }) {
  return async (wanted: LookUp, tenant: TenantId): Promise<LookUpAnswer> => {
    const { by } = wanted;
    // Versions before this one kept what is sent along with the request.
    if (by === undefined) return lookUp({ fetch, trustedOrigins: [] }, wanted);
    const service = directory.tenant(tenant)?.services?.get(as<ServiceId>(by.dialog));
    const step = service?.kind === 'dialog' ? service.steps.find(({ name }) => name === by.step) : undefined;
    // What is sent along is for the server for which it was given.
    if (service === undefined || step?.do !== 'lookUp' || originOf(step.url) !== originOf(wanted.url))
      return notHad('the dialog was changed meanwhile');
    if (service.problem !== undefined) return notHad(service.problem);
    const trusted = service.ofFile === true ? trustedOrigins : [];
    return lookUp({ fetch, trustedOrigins: trusted }, { ...wanted, headers: step.headers });
  };
}

function originOf(url: string): string | undefined {
  return URL.parse(url)?.origin;
}
