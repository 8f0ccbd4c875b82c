// The @xmpp packages carry no types. Only what this folder and its tests use is declared.

declare module '@xmpp/xml' {
  import { EventEmitter } from 'node:events';

  export class Element {
    constructor(name: string, attrs?: Readonly<Record<string, string | undefined>>);
    name: string;
    attrs: Record<string, string | undefined>;
    children: (Element | string)[];
    parent: Element | null;
    is(name: string, xmlns?: string): boolean;
    getName(): string;
    getNS(): string | undefined;
    getChild(name: string, xmlns?: string): Element | undefined;
    getChildren(name: string, xmlns?: string): Element[];
    getChildElements(): Element[];
    getChildText(name: string, xmlns?: string): string | null;
    getText(): string;
    append(...nodes: (Element | string)[]): void;
    toString(): string;
  }

  export class Parser extends EventEmitter {
    root: Element | null;
    cursor: Element | null;
    onStartElement(name: string, attrs: Record<string, string>): void;
    onEndElement(name: string): void;
    onText(text: string): void;
    write(data: string): void;
  }

  export class XMLError extends Error {}

  export default function xml(
    name: string,
    attrs?: Readonly<Record<string, string | undefined>>,
    ...children: (Element | string | undefined)[]
  ): Element;
}

declare module '@xmpp/connection-tcp' {
  import type { Socket } from 'node:net';
  import { EventEmitter } from 'node:events';
  import type { Element, Parser } from '@xmpp/xml';

  export default class ConnectionTCP extends EventEmitter {
    constructor(options: { readonly service: string; readonly domain: string; readonly timeout?: number });
    NS: string;
    Parser: typeof Parser;
    socket: Socket | null;
    parser: Parser | null;
    status: string;
    headerElement(): Element;
    connect(service: string): Promise<void>;
    /** Resolves with the server's stream header. */
    open(options: { readonly domain: string; readonly lang?: string }): Promise<Element>;
    disconnect(): Promise<unknown>;
    write(text: string): Promise<void>;
    _onData(data: Buffer): void;
    _streamError(condition: string): Promise<unknown>;
  }
}

declare module '@xmpp/client' {
  import type { Socket } from 'node:net';
  import type { EventEmitter } from 'node:events';
  import xml from '@xmpp/xml';
  import type { Element } from '@xmpp/xml';

  export interface Client extends EventEmitter {
    readonly jid: { toString(): string } | null;
    readonly reconnect: { delay: number; stop(): void };
    readonly socket: Socket | null;
    readonly streamManagement: { readonly enabled: boolean };
    readonly iqCaller: { request(iq: Element, timeoutMs?: number): Promise<Element> };
    start(): Promise<unknown>;
    stop(): Promise<unknown>;
    send(stanza: Element): Promise<void>;
  }

  export function client(options: {
    readonly service: string;
    readonly domain: string;
    readonly resource?: string;
    /** For each step of connecting and of ending, milliseconds. */
    readonly timeout?: number;
    readonly credentials: (
      authenticate: (
        credentials: { readonly username: string; readonly password: string },
        mechanism: string,
      ) => Promise<void>,
    ) => Promise<void>;
  }): Client;
  export { xml };
}
