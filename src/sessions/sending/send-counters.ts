import { findChannelModule } from '../../channels/registry.ts';
import type { Address } from '../../channels/channel.ts';
import { DeliveryFailure } from '../../delivery/delivery.ts';
import type { Directory } from '../../directory/directory.ts';
import type { Message } from '../../message/message.ts';
import type { Clock } from '../../platform/clock.ts';
import type { LineId, TenantId } from '../../platform/ids.ts';
import { Conflict, defineCollection, put, type Collection, type Store } from '../../store/store.ts';
import type { EndpointPurpose } from '../conversation-event.ts';
import { recipientOf } from '../recipient.ts';
import { beyondLimit } from './beyond-limit.ts';
import {
  admit,
  isLimited,
  limitsOf,
  unitsOf,
  type AddressCount,
  type Admission,
  type DayCount,
  type LimitName,
  type Limits,
} from './send-limits.ts';

const addressCounts = defineCollection<AddressCount>('sent-to-address');
const dayCounts = defineCollection<DayCount>('sent-in-day');

/** Other replicas may count at the same moment. */
const rounds = 20;

export interface Outgoing {
  readonly line: LineId;
  readonly address: Address;
  readonly message: Message;
  readonly delivery: string;
  /** To an agent, not to a customer. */
  readonly endpoint?: EndpointPurpose;
}

export interface SendCounters {
  /**
   * Counts what is about to go out, durably, before it does, and once for all attempts.
   * @throws {DeliveryFailure} when it may not go out now: to be tried again where that is soon, else for good.
   */
  count(tenant: TenantId, outgoing: Outgoing): Promise<void>;
  /** The network took it. */
  taken(tenant: TenantId, outgoing: Omit<Outgoing, 'delivery'>): void;
}

export function createSendCounters(options: {
  readonly store: Store;
  readonly directory: Directory;
  readonly clock: Clock;
  /** For metrics. */
  readonly onBeyond: (tenant: TenantId, line: LineId, limit: LimitName) => void;
  readonly onSegments: (tenant: TenantId, line: LineId, segments: number) => void;
}): SendCounters {
  const { store, directory, clock } = options;
  /** Counts of a tenant are written one after the other: side by side they would only meet conflicts. */
  const last = new Map<TenantId, Promise<unknown>>();

  const inTurn = async <Result>(tenant: TenantId, work: () => Promise<Result>): Promise<Result> => {
    const mine = (last.get(tenant) ?? Promise.resolve()).then(work, work);
    last.set(tenant, mine);
    try {
      return await mine;
    } finally {
      if (last.get(tenant) === mine) last.delete(tenant);
    }
  };

  const countOnce = async (
    tenant: TenantId,
    { line, address, delivery }: Outgoing,
    limits: Limits,
    units: number,
  ): Promise<Admission> => {
    const names = { address: `${line}|${address.id}`, line: `line|${line}`, tenant: 'tenant' };
    const [ofAddress, ofLine, ofTenant] = await Promise.all([
      store.get(tenant, addressCounts, names.address),
      store.get(tenant, dayCounts, names.line),
      store.get(tenant, dayCounts, names.tenant),
    ]);
    const counts = { address: ofAddress?.value, line: ofLine?.value, tenant: ofTenant?.value };
    const admission = admit(counts, limits, delivery, units, clock.now());
    if (admission.kind !== 'counted') return admission;
    const write = <T extends object>(
      collection: Collection<T>,
      id: string,
      value: T,
      found: { readonly version: number } | undefined,
    ) => put(collection, id, value, found?.version ?? 'absent');
    await store.commit(tenant, [
      write(addressCounts, names.address, admission.counts.address, ofAddress),
      write(dayCounts, names.line, admission.counts.line, ofLine),
      write(dayCounts, names.tenant, admission.counts.tenant, ofTenant),
    ]);
    return admission;
  };

  const settingsOf = (tenant: TenantId, line: LineId) => {
    const declared = directory.tenant(tenant);
    const settings = declared?.lines.get(line);
    const module = settings === undefined ? undefined : findChannelModule(settings.channel);
    const capabilities = settings === undefined ? undefined : module?.capabilities(settings.parameters);
    const limits: Limits = {
      line: limitsOf(settings?.sendLimits, capabilities),
      tenantPerDay: declared?.sendPerDay,
    };
    return { capabilities, limits };
  };

  return {
    async count(tenant, outgoing) {
      const { capabilities, limits } = settingsOf(tenant, outgoing.line);
      if (!isLimited(limits)) return;
      const units = unitsOf(outgoing.message, capabilities);
      for (let round = 0; ; round += 1) {
        try {
          const admission = await inTurn(tenant, async () => countOnce(tenant, outgoing, limits, units));
          if (admission.kind !== 'beyond') return;
          options.onBeyond(tenant, outgoing.line, admission.limit);
          const isSegments = capabilities?.text.smsSegments === true;
          throw beyondLimit(admission, isSegments, recipientOf(outgoing), clock.now());
        } catch (error) {
          if (!(error instanceof Conflict)) throw error;
          if (round >= rounds) throw uncounted(error);
        }
      }
    },
    taken(tenant, { line, message }) {
      const { capabilities } = settingsOf(tenant, line);
      if (capabilities?.text.smsSegments === true)
        options.onSegments(tenant, line, unitsOf(message, capabilities));
    },
  };
}

function uncounted(cause: Conflict): DeliveryFailure {
  const reason = 'it could not be counted, because others counted at the same time';
  return new DeliveryFailure({ kind: 'retry', certain: true, reason }, { cause });
}
