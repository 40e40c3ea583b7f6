/**
 * Why a signal ends an attempt: its job was cancelled, its runner stops and another one shall start it again, or another
 * process has started it already.
 */
export type StopKind = 'cancelled' | 'handed_back' | 'stale';

/** The reason with which the signal of an attempt is aborted. */
export class AttemptStopped extends Error {
  override readonly name = 'AttemptStopped';
  readonly kind: StopKind;

  constructor(kind: StopKind) {
    super(`the attempt ends: ${kind}`);
    this.kind = kind;
  }
}
