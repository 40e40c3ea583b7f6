/** Where a text lies: texts of a row stand on each other. */
export type Row = 'top' | 'middle' | 'bottom';

type Frames = { readonly firstFrame: number; readonly endFrame: number };

/** Something that makes room for others. */
export type Floating<Item> = Frames & { readonly row: Row; readonly item: Item };

/** Something at its place, for some frames. */
export type Stacked<Item> = Frames & { readonly item: Item; readonly isShown: boolean };

type Slot<Item> = { readonly occupant: Floating<Item>; isFree: boolean };

/**
 * Divides the time where what is shown changes. libass places what begins together, in order: so each part is placed
 * alike, wherever a window begins. A text takes the first free place of its row, as libass does, and keeps it: a place
 * that is free below others is kept by what was there last, not shown. `kept`: what was placed before, by an earlier layer.
 */
export function stacked<Item>(items: readonly Floating<Item>[], kept: readonly Stacked<Item>[] = []): Stacked<Item>[] {
  const starting = items.toSorted((one, other) => one.firstFrame - other.firstFrame);
  const keeping = kept.map((line, rank) => ({ ...line, rank })).sort((one, other) => one.firstFrame - other.firstFrame);
  const times = [...new Set([...items, ...kept].flatMap(({ firstFrame, endFrame }) => [firstFrame, endFrame]))];
  times.sort((one, other) => one - other);
  const rows: Readonly<Record<Row, Slot<Item>[]>> = { top: [], middle: [], bottom: [] };
  const result: Stacked<Item>[] = [];
  let [next, nextKept] = [0, 0];
  let below: typeof keeping = [];
  for (const [number, firstFrame] of times.entries()) {
    const endFrame = times[number + 1] ?? firstFrame;
    for (const slots of Object.values(rows)) leave(slots, firstFrame);
    for (let item = starting[next]; item?.firstFrame === firstFrame; item = starting[next]) {
      enter(rows[item.row], item);
      next += 1;
    }
    below = below.filter((item) => item.endFrame > firstFrame);
    for (let item = keeping[nextKept]; item?.firstFrame === firstFrame; item = keeping[nextKept]) {
      below.push(item);
      nextKept += 1;
    }
    below.sort((one, other) => one.rank - other.rank);
    const slots = Object.values(rows).flat();
    if (slots.length === 0) continue;
    result.push(...below.map(({ item }) => ({ firstFrame, endFrame, item, isShown: false })));
    result.push(...slots.map(({ occupant: { item }, isFree }) => ({ firstFrame, endFrame, item, isShown: !isFree })));
  }
  return result;
}

function leave<Item>(slots: Slot<Item>[], frame: number): void {
  for (const slot of slots) slot.isFree ||= slot.occupant.endFrame <= frame;
  while (slots.at(-1)?.isFree === true) slots.pop();
}

function enter<Item>(slots: Slot<Item>[], occupant: Floating<Item>): void {
  const free = slots.findIndex(({ isFree }) => isFree);
  slots.splice(free < 0 ? slots.length : free, 1, { occupant, isFree: false });
}
