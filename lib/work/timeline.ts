/** The times at which a piece of work reached its milestones, in milliseconds since the request. */
export type Timeline<Milestone extends string> = {
  mark(milestone: Milestone): void;
  at(milestone: Milestone): number | undefined;
  /** Returns log fields for the milestones reached: `opened_ms`, `first_byte_ms`, … */
  fields(): Readonly<Partial<Record<`${Milestone}_ms`, number>>>;
};

export function createTimeline<Milestone extends string>(startedAt: number = performance.now()): Timeline<Milestone> {
  const marks = new Map<Milestone, number>();
  return {
    mark(milestone) {
      if (!marks.has(milestone)) marks.set(milestone, Math.round((performance.now() - startedAt) * 10) / 10);
    },
    at: (milestone) => marks.get(milestone),
    fields: () =>
      Object.fromEntries([...marks].map(([milestone, ms]) => [`${milestone}_ms`, ms])) as ReturnType<
        Timeline<Milestone>['fields']
      >,
  };
}
