import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Floating, type Row, stacked } from '#lib/jobs/plan/stacking.ts';

const item = (name: string, firstFrame: number, endFrame: number, row: Row = 'bottom'): Floating<string> => ({
  item: name,
  firstFrame,
  endFrame,
  row,
});
/** Shows lines as `from-to name`, with brackets around those that only keep their place. */
const shown = (lines: ReturnType<typeof stacked<string>>) =>
  lines.map(
    ({ firstFrame, endFrame, item: name, isShown }) => `${firstFrame}-${endFrame} ${isShown ? name : `(${name})`}`,
  );

const times = fc.array(
  fc.record({
    from: fc.integer({ min: 0, max: 40 }),
    length: fc.integer({ min: 1, max: 20 }),
    row: fc.constantFrom<Row>('top', 'bottom'),
  }),
  { maxLength: 12 },
);

describe('texts that make room for each other', () => {
  it('are one line each when they do not overlap', () => {
    assert.deepEqual(shown(stacked([item('a', 0, 10), item('b', 10, 20)])), ['0-10 a', '10-20 b']);
  });

  it('keep their place when one below them ends, and the next takes the free one', () => {
    assert.deepEqual(shown(stacked([item('a', 0, 3), item('b', 2, 6), item('c', 4, 8)])), [
      ...['0-2 a', '2-3 a', '2-3 b'],
      ...['3-4 (a)', '3-4 b', '4-6 c', '4-6 b', '6-8 c'],
    ]);
  });

  it('are placed after what an earlier layer has placed', () => {
    const kept = stacked([item('a', 2, 6)]);
    assert.deepEqual(shown(stacked([item('b', 0, 4)], kept)), ['0-2 b', '2-4 (a)', '2-4 b']);
  });

  it('are all shown in their frames, and what is placed together begins and ends together', () => {
    fc.assert(
      fc.property(times, (list) => {
        const items = list.map(({ from, length, row }, index) => item(String(index), from, from + length, row));
        const lines = stacked(items);
        for (let frame = 0; frame < 60; frame += 1) {
          const now = lines.filter(({ firstFrame, endFrame }) => firstFrame <= frame && frame < endFrame);
          const expected = items.filter(({ firstFrame, endFrame }) => firstFrame <= frame && frame < endFrame);
          const names = now.filter(({ isShown }) => isShown).map((line) => line.item);
          assert.deepEqual(names.sort(), expected.map((one) => one.item).sort());
          assert.ok(new Set(now.map(({ firstFrame, endFrame }) => `${firstFrame}-${endFrame}`)).size <= 1);
        }
      }),
    );
  });
});
