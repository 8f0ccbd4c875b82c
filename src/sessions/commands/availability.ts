import { availabilityWords, chosenAvailabilities } from '../../directory/agent-work.ts';
import { graceWords } from '../reassign.ts';
import { isConnected } from '../session.ts';
import { endWrapUp } from '../wrap-up.ts';
import type { Command } from './command.ts';

/** What agents say of themselves, in whatever room they are. */
export const availabilityCommands: readonly Command[] = chosenAvailabilities.map((availability) => ({
  name: availability,
  usage: '',
  help: `you are ${availabilityWords[availability]} from now on`,
  run(draft, agent) {
    draft.toRouting({ type: 'availability', agent: agent.id, availability, by: 'agent' });
    const says = `You are ${availabilityWords[availability]}.`;
    const isHere = draft.openSession !== undefined && isConnected(draft.session, agent);
    const grace = availability === 'offline' && isHere ? graceWords(draft.state.tenant, 1) : undefined;
    return grace === undefined ? says : `${says} ${grace}`;
  },
}));

export const done: Command = {
  name: 'done',
  usage: '',
  help: 'ends your after-session work: you leave the room and are free for the next session',
  run(draft, agent) {
    const { wrapUps = [] } = draft.workOf(agent.id);
    const here = wrapUps.filter(({ conversation }) => conversation === draft.conversationId);
    for (const { session } of here) endWrapUp(draft, session, agent.id);
    return here.length === 0 ? 'There is no after-session work of yours here.' : undefined;
  },
};
