/** Whether audio comes fast enough for whoever waits for it. */
export type Pace = {
  /** The reader has waited so long for so much audio; both in ms. */
  record(delta: { readonly waitedMs: number; readonly audioMs: number }): void;
  /** How much longer than the audio lasts it has been waited for, beyond what had come early, ms. */
  behindMs(): number;
};

/** Audio that has come early, up to `reserveMs` of it, is what a reader lives on while it waits. */
export function createPace(reserveMs: number): Pace {
  let behind = -reserveMs;
  return {
    record({ waitedMs, audioMs }) {
      behind = Math.max(-reserveMs, behind + waitedMs - audioMs);
    },
    behindMs: () => behind,
  };
}
