/** Measures whether audio arrives fast enough for its reader. */
export type Pace = {
  /** Records how long the reader waited and how much audio it got, both in ms. */
  record(delta: { readonly waitedMs: number; readonly audioMs: number }): void;
  /** How far the audio is behind real time, after subtracting audio that arrived early, ms. */
  behindMs(): number;
};

/** Audio that arrived early offsets a later wait, up to `reserveMs`. */
export function createPace(reserveMs: number): Pace {
  let behind = -reserveMs;
  return {
    record({ waitedMs, audioMs }) {
      behind = Math.max(-reserveMs, behind + waitedMs - audioMs);
    },
    behindMs: () => behind,
  };
}
