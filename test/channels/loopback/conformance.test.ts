import { loopback } from '../../../src/channels/loopback/index.ts';
import { channelConformance } from '../../conformance/channel.ts';
import { startCustomerProgram } from '../../peers/loopback/customer-program.ts';

channelConformance({ module: loopback, start: startCustomerProgram });
