import type { Via } from '../../client/legs/leg.ts';

/** The results of a channel so far. */
export type ChannelReport = {
  readonly channel: number;
  /** `exact` is never adjusted and is compared sample by sample; `adjusted` is checked by its sweeps. */
  readonly kind: 'exact' | 'adjusted';
  readonly dueSeconds: number;
  readonly lateSeconds: number;
  readonly longestWaitMs: number;
  /** Valid tracks that were checked to their end. */
  readonly tracks: number;
  readonly skipped: readonly Skip[];
  readonly legs: Readonly<Record<Via, number>>;
  readonly adjustments: number;
  /** Descriptions of everything that was lost, repeated, refused or broken. */
  readonly deviations: readonly string[];
};

export type Skip = { readonly path: string; readonly isGood: boolean; readonly code: string };

/** Messages from an orchestrator to the run. */
export type OrchestratorMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'reports'; readonly reports: readonly ChannelReport[] }
  | { readonly type: 'ended'; readonly reports: readonly ChannelReport[] };

/** Messages from the run: `end` ends the streams, `leave` the process. */
export type OrchestratorOrder = 'start' | 'end' | 'leave';

/** Settings of an orchestrator. */
export type OrchestratorSettings = {
  readonly baseUrl: string;
  readonly origin: string;
  readonly seed: string;
  readonly channels: number;
  readonly music: readonly string[];
  /** Track names with their seconds. */
  readonly sweeps: Readonly<Record<string, number>>;
};
