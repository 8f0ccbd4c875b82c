import type { CustomerApp, LineRecords } from '../channel.ts';
import { BoundedMap } from './bounded-map.ts';
import { clientIn, featuresIn } from './disco.ts';
import type { IqRequests } from './iq-requests.ts';
import { ns } from './namespaces.ts';
import { flag } from './xml.ts';

const mostContacts = 10_000;
const mostMessages = 10_000;

/** What we know of the apps that customers use. All but the support of receipts is forgotten at the end. */
export class ContactDevices {
  readonly #records: LineRecords;
  readonly #iq: IqRequests;
  readonly #devices = new BoundedMap<string>(mostContacts);
  readonly #receipts = new BoundedMap<boolean>(mostContacts);
  readonly #asked = new BoundedMap<true>(mostContacts);
  readonly #unmarkable = new BoundedMap<true>(mostMessages);

  constructor(records: LineRecords, iq: IqRequests) {
    this.#records = records;
    this.#iq = iq;
  }

  /** The device that wrote last. */
  used(bare: string, device: string): void {
    this.#devices.set(bare, device);
  }

  gone(bare: string, device: string): void {
    if (this.#devices.get(bare) === device) this.#devices.delete(bare);
  }

  /** Where a passing signal goes: the last device, else to all of them. */
  deviceOf(bare: string): string {
    return this.#devices.get(bare) ?? bare;
  }

  /** The app did not ask to be told when this message has been read. */
  notMarkable(native: string): void {
    this.#unmarkable.set(native, true);
  }

  mayMark(native: string): boolean {
    return this.#unmarkable.get(native) === undefined;
  }

  /** The contact has given a receipt once. Durable when it resolves. */
  async gaveReceipt(bare: string): Promise<void> {
    if (this.#receipts.get(bare) === true) return;
    this.#receipts.set(bare, true);
    await this.#records.set({ [recordOf(bare)]: true });
  }

  /** Whether a missing receipt means something. */
  async givesReceipts(bare: string): Promise<boolean> {
    const known = this.#receipts.get(bare);
    if (known !== undefined) return known;
    const gives = (await this.#records.get(recordOf(bare))) === true;
    this.#receipts.set(bare, gives);
    return gives;
  }

  /** Asks a device that has not been asked yet; gives what it tells of itself. Best effort. */
  async learn(bare: string, device: string, ourAddress: string): Promise<CustomerApp | undefined> {
    if (device === bare || this.#asked.get(device) === true) return undefined;
    this.#asked.set(device, true);
    try {
      const answer = await this.#iq.get(ourAddress, device, flag('query', ns.discoInfo));
      const features = featuresIn(answer);
      if (features.has(ns.receipts)) await this.gaveReceipt(bare);
      const client = clientIn(answer);
      return { ...(client === undefined ? {} : { client }), abilities: [...features].sort().slice(0, 100) };
    } catch {
      // an app that does not tell is one that is not known to give receipts
      return undefined;
    }
  }
}

function recordOf(bare: string): string {
  return `receipts/${bare}`;
}
