import type { CustomerApp } from '../channels/channel.ts';
import type { Draft } from './draft.ts';

/** What the customer's app told of itself: kept with the address for the sessions to come, and with the leg of the one that is open. */
export function appTold(draft: Draft, told: CustomerApp): void {
  const { client, language, abilities } = told;
  const app: CustomerApp = {
    ...draft.address.app,
    ...(client === undefined ? {} : { client: client.slice(0, 300) }),
    ...(language === undefined ? {} : { language: language.slice(0, 35) }),
    ...(abilities === undefined
      ? {}
      : { abilities: abilities.slice(0, 100).map((each) => each.slice(0, 200)) }),
  };
  if (JSON.stringify(app) === JSON.stringify(draft.address.app)) return;
  draft.address = { ...draft.address, app };
  const { openSession } = draft;
  if (openSession === undefined) return;
  const legs = openSession.legs.map((leg) => (leg.role === 'customer' ? { ...leg, app } : leg));
  draft.changeSession({ legs });
}
