import type { ServiceId } from '../platform/ids.ts';
import type { ServiceSettings } from '../directory/service-settings.ts';
import { dialog } from './dialog.ts';
import { direct } from './direct.ts';
import { overHttp } from './over-http.ts';
import type { Service } from './service.ts';

/** The behaviour that a tenant declared; one that is no longer declared is as good as none. */
export function serviceOf(id: ServiceId, settings: ServiceSettings | undefined): Service {
  switch (settings?.kind) {
    case 'dialog':
      return dialog(id);
    case 'application':
      return overHttp(settings.application);
    case 'direct':
    case undefined:
      return direct;
  }
}
