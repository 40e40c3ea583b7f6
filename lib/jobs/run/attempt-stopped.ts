/** Why a signal ends an attempt: its job was cancelled, or its runner stops and another one shall start it again. */
export type StopKind = 'cancelled' | 'handed_back';

/** The reason with which the signal of an attempt is aborted. */
export class AttemptStopped extends Error {
  override readonly name = 'AttemptStopped';
  readonly kind: StopKind;

  constructor(kind: StopKind) {
    super(kind === 'cancelled' ? 'the job was cancelled' : 'the runner stops');
    this.kind = kind;
  }
}
