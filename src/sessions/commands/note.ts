import type { Command } from './command.ts';

export const note: Command = {
  name: 'note',
  usage: '<text>',
  help: 'keeps a note with the session; customers never see notes',
  run(draft, _agent, input) {
    if (input.argument === '') return 'Write the note after the command: !note <text>.';
    if (draft.openSession === undefined) return 'There is no open session to keep the note with.';
    const entry = { by: input.sender, text: input.argument, at: input.at };
    draft.changeSession({ notes: [...draft.session.notes, entry] });
    return 'Noted. The customer does not see this.';
  },
};
