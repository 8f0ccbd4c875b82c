import { acceptOffer, dropOffer, pendingOfferTo } from '../offers.ts';
import type { Command } from './command.ts';

export const accept: Command = {
  name: 'accept',
  usage: '',
  help: 'takes the session that is offered to you (joining the room does the same)',
  run(draft, _agent, input) {
    const offer = pendingOfferTo(draft, input.sender);
    if (offer === undefined) return 'Nothing is offered to you here.';
    acceptOffer(draft, offer, input.sender);
    return 'The session is yours.';
  },
};

export const decline: Command = {
  name: 'decline',
  usage: '',
  help: 'passes on the session that is offered to you (declining the invitation does the same)',
  run(draft, _agent, input) {
    const offer = pendingOfferTo(draft, input.sender);
    if (offer === undefined) return 'Nothing is offered to you here.';
    dropOffer(draft, offer, 'rejected', input.sender);
    return 'Passed on.';
  },
};
