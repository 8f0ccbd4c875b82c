import type { ChannelModule } from '../channel.ts';
import { capabilities, maxFileBytes } from './capabilities.ts';
import { open } from './connection.ts';
import { type LoopbackParameters, parameters } from './parameters.ts';

/**
 * The network that lives in the tree: customers are plain HTTP programs. It is the tutorial (docs/adding-a-network.md), a test
 * double that can do everything, the target of the conformance suite, and a way in for a program that has no other network.
 */
export const loopback: ChannelModule<LoopbackParameters> = {
  channel: 'loopback',
  title: 'Loopback',
  parameters,
  capabilities,
  maxBodyBytes: maxFileBytes,
  open,
};
