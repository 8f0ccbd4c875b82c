import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ownKey, stateChanges, toldElsewhere, type StateWish } from '../../../src/matrix/rooms/state-wish.ts';
import { as, type MatrixRoomId } from '../../../src/platform/ids.ts';

const space = as<MatrixRoomId>('!space');
const name = (text: string): StateWish => ({
  room: 'own',
  type: 'm.room.name',
  stateKey: '',
  content: { name: text },
});
const child: StateWish = { room: space, type: 'm.space.child', stateKey: ownKey, content: { via: ['a'] } };

test('what was told is not told again, what differs is, what is no longer wished is withdrawn', () => {
  const first = stateChanges({}, [name('Ann'), child]);
  expect(first.send).toEqual([name('Ann'), child]);
  expect(stateChanges(first.told, [name('Ann'), child]).send).toEqual([]);
  const second = stateChanges(first.told, [name('Ben')]);
  expect(second.send).toEqual([name('Ben'), { ...child, content: {} }]);
  expect(stateChanges(second.told, [name('Ben')]).send).toEqual([]);
  expect(toldElsewhere(first.told)).toEqual([{ room: space, type: 'm.space.child', stateKey: ownKey }]);
});

test('any state key is read back, and a second telling has nothing to say', () => {
  const wishes = fc.array(
    fc.record({
      room: fc.constantFrom<'own' | MatrixRoomId>('own', space),
      type: fc.constantFrom('m.bridge', 'm.space.child'),
      stateKey: fc.string(),
      content: fc.dictionary(fc.string(), fc.string()),
    }),
  );
  fc.assert(
    fc.property(wishes, (some) => {
      const { told } = stateChanges({}, some);
      expect(stateChanges(told, some).send).toEqual([]);
      const withdrawn = stateChanges(told, []).send;
      expect(new Set(withdrawn.map(({ stateKey }) => stateKey))).toEqual(
        new Set(some.map(({ stateKey }) => stateKey)),
      );
    }),
  );
});
