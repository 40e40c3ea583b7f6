/** The notification channel on which runners are asked to drain; the payload is the id of their machine. */
export const DRAIN_CHANNEL = 'drain_runners';
