/** Whether audio comes fast enough for its reader. */
export type Pace = {
  /** Records how long the reader waited for how much audio, both in ms. */
  record(delta: { readonly waitedMs: number; readonly audioMs: number }): void;
  /** How much longer the wait was than the audio, beyond what had come early, ms. */
  behindMs(): number;
};

/** Audio that has come early bridges a wait, up to `reserveMs` of it. */
export function createPace(reserveMs: number): Pace {
  let behind = -reserveMs;
  return {
    record({ waitedMs, audioMs }) {
      behind = Math.max(-reserveMs, behind + waitedMs - audioMs);
    },
    behindMs: () => behind,
  };
}
