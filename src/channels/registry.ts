import type { ChannelModule } from './channel.ts';
import * as networks from './networks.ts';

/** Every network that this build can speak. To add one, see networks.ts. */
export const channelModules: readonly ChannelModule[] = Object.values(networks);

/** Names of the channels, as they stand in the config file and in webhook paths. */
export const channelNames: readonly string[] = channelModules.map((module) => module.channel);

/** The module of a channel; undefined for a name that no network has. */
export function findChannelModule(channel: string): ChannelModule | undefined {
  return channelModules.find((module) => module.channel === channel);
}
