/** A process to be killed: brings one customer's message into its room, and says which room that is. */
import { text } from 'node:stream/consumers';
import type { HomeserverSettings } from '../../src/matrix/matrix-side.ts';
import { roomOf } from '../../src/matrix/rooms/room-records.ts';
import { as } from '../../src/platform/ids.ts';
import { startRig, tenant } from './matrix-rig.ts';

const options = JSON.parse(await text(process.stdin)) as { settings: HomeserverSettings; directory: string };
const rig = await startRig(options);
const event = await rig.customer('crashing', { content: { kind: 'text', text: 'Hello' } });
const record = await roomOf(rig.store, tenant, as('crashing'));
await rig.stop();
console.log(JSON.stringify({ event, room: record?.value.roomId }));
