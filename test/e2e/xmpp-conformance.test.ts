import { describe } from 'vitest';
import { ensureProsody } from '../../dev/prosody/ensure-prosody.ts';
import { xmpp } from '../../src/channels/xmpp/index.ts';
import { startProsodyFarSide } from '../channels/xmpp/prosody-far-side.ts';
import { channelConformance } from '../conformance/channel.ts';

const prosody = await ensureProsody();

describe.skipIf('unavailable' in prosody)('on a real Prosody', () => {
  channelConformance({ module: xmpp, start: startProsodyFarSide });
});
