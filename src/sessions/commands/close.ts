import { endSession } from '../end-session.ts';
import { isConnected } from '../session.ts';
import type { Command } from './command.ts';

export const close: Command = {
  name: 'close',
  usage: '',
  help: 'ends the session; the customer’s next message opens a new one',
  run(draft, agent) {
    if (draft.openSession === undefined) return 'There is no open session to close.';
    if (!agent.supervisor && !isConnected(draft.session, agent)) {
      return 'Only an agent who is connected to the session, or a supervisor, can close it.';
    }
    endSession(draft, agent.name, { tellCustomer: true });
    return undefined;
  },
};
