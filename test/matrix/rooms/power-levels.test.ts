import { expect, test } from 'vitest';
import { hasPrivilegedCreators, roomPowerLevels } from '../../../src/matrix/rooms/power-levels.ts';
import { as, type MatrixUserId } from '../../../src/platform/ids.ts';

const bot = as<MatrixUserId>('@_sb_bot:localhost');
const sue = as<MatrixUserId>('@sue:localhost');

test.each([
  ['1', false],
  ['10', false],
  ['11', false],
  ['12', true],
  ['13', true],
  ['org.matrix.hydra.11', true],
  ['org.example.old', false],
])('room version %s', (version, privileged) => {
  expect(hasPrivilegedCreators(version)).toBe(privileged);
});

test('the bot is listed only where it must be, and a supervisor never above it', () => {
  const levels = roomPowerLevels({ bot, supervisors: [bot, sue], botIsPrivileged: false });
  expect(levels['users']).toEqual({ [bot]: 100, [sue]: 50 });
  const privileged = roomPowerLevels({ bot, supervisors: [bot, sue], botIsPrivileged: true });
  expect(privileged['users']).toEqual({ [sue]: 50 });
  expect(privileged['events']).toMatchObject({ 'm.room.tombstone': 150 });
});
