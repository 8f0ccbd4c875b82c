import { ns } from './namespaces.ts';
import { flag, type Element } from './xml.ts';

// XEP-0085: who is typing.

const states = ['active', 'composing', 'paused', 'inactive', 'gone'] as const;
export type ChatState = (typeof states)[number];

/** `gone` means a closed window, which many apps do after each message: it ends nothing. */
export function chatStateOf(message: Element): ChatState | undefined {
  return states.find((state) => message.getChild(state, ns.chatStates) !== undefined);
}

export function chatState(state: ChatState): Element {
  return flag(state, ns.chatStates);
}
