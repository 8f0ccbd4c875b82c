import { defineCollection } from '../store/store.ts';

/** One start of one replica, or what it calls itself after it could not renew its record in time. Random. */
declare const brand: unique symbol;
export type ReplicaId = string & { readonly [brand]: 'ReplicaId' };

/**
 * The replicas that are at work; records of the installation. Each renews its own; whoever sees that one was not renewed removes it, which
 * is what ends that replica's claims: who is not here is gone for good.
 */
export const replicas = defineCollection<{ readonly id: ReplicaId; readonly beats: number }>('replicas', {
  byId: ['id'],
});

/**
 * Which replica has a resource. Id: the resource. Never removed, so that a version is never met twice: it is what the commits of whoever
 * has the resource check.
 */
export const leases = defineCollection<{ readonly holder: ReplicaId | '' }>('leases');
