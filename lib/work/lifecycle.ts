/** The states of one kind of work, each with the states that may follow. No state follows an end state. */
export type Transitions<State extends string> = Readonly<Record<State, readonly State[]>>;

export function lifecycle<State extends string>(transitions: Transitions<State>) {
  return {
    mayBecome: (from: State, to: State) => transitions[from].includes(to),
    hasEnded: (state: State) => transitions[state].length === 0,
  };
}
