import { agentOfUser } from '../../directory/directory.ts';
import { ledgerWords } from '../ledger/ledger-words.ts';
import type { Command } from './command.ts';

export const why: Command = {
  name: 'why',
  usage: '',
  help: 'tells what became of the message that you reply to, else of the last one, and when',
  run({ state }, _agent, input) {
    const { asked, now, tenant } = state;
    if (asked === undefined) {
      return input.replyTo === undefined && input.thread === undefined
        ? 'Nothing was said here of which anything is known.'
        : 'Nothing is known of that message: it is none of this conversation’s, or it is older than what the ledger keeps.';
    }
    return ledgerWords(asked, {
      now,
      user: input.sender,
      nameOf: (user) => agentOfUser(tenant, user)?.name ?? user,
    }).join('\n');
  },
};
