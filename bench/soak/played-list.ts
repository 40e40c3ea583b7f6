import type { PlannedItem } from './playlist-plan.ts';

/** What of a plan has been handed to a client, what it passed over, and what has been heard. */
export type PlayedList = {
  /** What the client asks for, one after the other. */
  urls(): Generator<string>;
  at(index: number): PlannedItem | undefined;
  /** The client has passed over the so-manieth that it was handed. */
  pass(index: number): PlannedItem | undefined;
  /** The next whose sound is to be heard. Throws an Error when the client has not asked for one yet. */
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
        if (item === undefined) throw new Error('more is heard than was asked for');
        heard += 1;
        if (item.isGood && !passed.has(item)) return item;
      }
    },
  };
}
