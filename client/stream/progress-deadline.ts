/** How much longer nobody may bring a stream on before it is given up. */
export type Patience = {
  leftMs(): number;
  /** Somebody has brought it on. */
  progressed(): void;
  /** Its reader, and nobody else, took so long, ms. */
  paused(ms: number): void;
};

/** The limit, ms, may grow as the stream goes on. */
export function createPatience(limitMs: () => number, clock: () => number = () => performance.now()): Patience {
  let since = clock();
  return {
    leftMs: () => Math.max(0, since + limitMs() - clock()),
    progressed() {
      since = clock();
    },
    paused(ms) {
      since += ms;
    },
  };
}
