import type { PlannedItem } from './playlist-plan.ts';

/** The items of a plan that a client has received, skipped and played. */
export type PlayedList = {
  /** The items that the client requests, in order. */
  urls(): Generator<string>;
  at(index: number): PlannedItem | undefined;
  /** Records that the client has skipped the item with this index. */
  pass(index: number): PlannedItem | undefined;
  /** Returns the next expected item. Throws an Error when the client has not requested one yet. */
  nextHeard(): PlannedItem;
};

export function createPlayedList(plan: Iterator<PlannedItem, never>, origin: string): PlayedList {
  const handed: PlannedItem[] = [];
  const passed = new Set<PlannedItem>();
  let heard = 0;
  return {
    *urls() {
      for (;;) {
        const { value: item } = plan.next();
        handed.push(item);
        yield origin + item.path;
      }
    },
    at: (index) => handed[index],
    pass(index) {
      const item = handed[index];
      if (item !== undefined) passed.add(item);
      return item;
    },
    nextHeard() {
      for (;;) {
        const item = handed[heard];
        if (item === undefined) throw new Error('more audio arrived than was requested');
        heard += 1;
        if (item.isGood && !passed.has(item)) return item;
      }
    },
  };
}
