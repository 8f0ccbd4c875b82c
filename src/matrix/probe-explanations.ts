import type { DeviceOutcome } from './ghosts/make-device.ts';
import type { HomeserverSettings } from './matrix-side.ts';
import type { MatrixError } from './transport/matrix-error.ts';

/** Refusals in the words of an operator: what is wrong, and its cure. */

export function explainUnreachable(error: MatrixError, settings: HomeserverSettings): string {
  if (error.status === 0 && error.errcode !== 'SWITCHBOARD_BAD_ANSWER')
    return `no answer from ${settings.url} (${error.message}): check the url of homeserver ${settings.id} and that the homeserver runs`;
  return `${settings.url} does not answer as a homeserver (${error.message}): the url must be the base of its client-server API`;
}

export function explainToken(error: MatrixError, settings: HomeserverSettings): string {
  if (error.errcode === 'M_UNKNOWN_TOKEN' || error.status === 401)
    return `the homeserver does not know our as_token: give it our registration file (id ${settings.registration.id}) and restart it`;
  return `the homeserver refused our as_token (${error.message}): give it our registration file and restart it`;
}

export function explainPing(error: MatrixError, settings: HomeserverSettings): string {
  const { id, url = 'its url' } = settings.registration;
  switch (error.errcode) {
    case 'M_URL_NOT_SET':
      return "the homeserver's registration file has no url, so it sends nothing: make the registration with -u and restart the homeserver";
    case 'M_CONNECTION_FAILED':
      return `the homeserver cannot reach us at ${url}: set the url in the registration to an address that the homeserver's machine can reach, and check firewalls`;
    case 'M_CONNECTION_TIMEOUT':
      return `the homeserver got no answer from us at ${url} in time: check firewalls, proxies and that nothing else listens there`;
    case 'M_BAD_STATUS':
      return `somebody answered the homeserver at ${url}, but not as we would (${error.message}): another service listens there, a proxy is in between, or its hs_token is not ours`;
    case 'M_UNRECOGNIZED':
      return 'the homeserver knows no ping (before v1.7 of the specification): events may come late after we were down';
    case 'M_FORBIDDEN':
      return `the homeserver knows our as_token under another id than ${id}: give it our registration file and restart it`;
    default:
      return `the homeserver could not try to reach us: ${error.message}`;
  }
}

export function explainDevices(outcome: DeviceOutcome): string {
  if (outcome.end === 'made')
    return 'what we send comes from a device, so the homeserver recognises a repetition even after its restart';
  const found =
    outcome.end === 'refused'
      ? 'the homeserver has no devices for us'
      : 'whether the homeserver has devices for us is not known';
  return `${found} (${outcome.reason}): before we send something again, we look in the room whether it is there`;
}
