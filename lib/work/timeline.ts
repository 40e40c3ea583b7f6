export type Milestone = 'validated' | 'opened' | 'spawned' | 'first_byte' | 'ended';

/** When a transcode reached what, in milliseconds since it was asked for. */
export type Timeline = {
  mark(milestone: Milestone): void;
  at(milestone: Milestone): number | undefined;
  /** Fields for the log: `opened_ms`, `first_byte_ms`, … of what has been reached. */
  fields(): Readonly<Record<`${Milestone}_ms`, number>>;
};

export function createTimeline(startedAt: number = performance.now()): Timeline {
  const marks = new Map<Milestone, number>();
  return {
    mark(milestone) {
      if (!marks.has(milestone)) marks.set(milestone, Math.round((performance.now() - startedAt) * 10) / 10);
    },
    at: (milestone) => marks.get(milestone),
    fields: () =>
      Object.fromEntries([...marks].map(([milestone, ms]) => [`${milestone}_ms`, ms])) as ReturnType<
        Timeline['fields']
      >,
  };
}
