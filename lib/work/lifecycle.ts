/** What may follow what, for one kind of work: each state with the states that may come next. Nothing follows an end. */
export type Transitions<State extends string> = Readonly<Record<State, readonly State[]>>;

export type Lifecycle<State extends string> = {
  mayBecome(from: State, to: State): boolean;
  hasEnded(state: State): boolean;
};

export function lifecycle<State extends string>(transitions: Transitions<State>): Lifecycle<State> {
  return {
    mayBecome: (from, to) => transitions[from].includes(to),
    hasEnded: (state) => transitions[state].length === 0,
  };
}
