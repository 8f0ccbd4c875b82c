import { sms } from '../../../src/channels/sms/index.ts';
import { channelConformance } from '../../conformance/channel.ts';
import { startSmsFarSide } from './far-side.ts';

channelConformance({ module: sms, start: startSmsFarSide });
