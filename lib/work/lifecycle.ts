/** What may follow what, for one kind of work: each state with the states that may come next. Nothing follows an end. */
export type Transitions<State extends string> = Readonly<Record<State, readonly State[]>>;

export function lifecycle<State extends string>(transitions: Transitions<State>) {
  return {
    mayBecome: (from: State, to: State) => transitions[from].includes(to),
    hasEnded: (state: State) => transitions[state].length === 0,
  };
}
