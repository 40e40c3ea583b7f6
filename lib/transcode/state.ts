/** What a transcode goes through: let in, opening its source, giving audio, and one of three ends. */
export const TRANSCODE_STATES = ['pending', 'opening', 'streaming', 'completed', 'failed', 'cancelled'] as const;
export type TranscodeState = (typeof TRANSCODE_STATES)[number];

/** What may follow what. Nothing follows an end. */
export const TRANSITIONS: Readonly<Record<TranscodeState, readonly TranscodeState[]>> = {
  pending: ['opening', 'failed', 'cancelled'],
  opening: ['streaming', 'failed', 'cancelled'],
  streaming: ['completed', 'failed', 'cancelled'],
  completed: [],
  failed: [],
  cancelled: [],
};

export function mayBecome(from: TranscodeState, to: TranscodeState): boolean {
  return TRANSITIONS[from].includes(to);
}

export function hasEnded(state: TranscodeState): boolean {
  return TRANSITIONS[state].length === 0;
}
