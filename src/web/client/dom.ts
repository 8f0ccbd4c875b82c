export type Child = Node | string | undefined;

interface Attributes {
  readonly class?: string | undefined;
  /** A handler of clicks. */
  readonly click?: (event: MouseEvent) => void;
  readonly [name: string]: string | boolean | undefined | ((event: MouseEvent) => void);
}

/** An element, built node by node: nothing in this client ever parses a string as markup of the page. */
export function h<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (typeof value === 'function') element.onclick = value;
    else element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

/** Text for those who listen to the page, and not for those who look at it. */
export function spoken(text: string): HTMLElement {
  return h('span', { class: 'spoken' }, text);
}

export function show(element: HTMLElement, shown: boolean): void {
  element.hidden = !shown;
}
