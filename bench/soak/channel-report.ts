import type { Via } from '../../client/legs/leg.ts';

/** What a channel has come to so far. */
export type ChannelReport = {
  readonly channel: number;
  /** `exact` is never adjusted and compared sample by sample; `adjusted` is read by its sweeps. */
  readonly kind: 'exact' | 'adjusted';
  readonly dueSeconds: number;
  readonly lateSeconds: number;
  readonly longestWaitMs: number;
  /** Good tracks that have been checked to their end. */
  readonly tracks: number;
  readonly skipped: readonly Skip[];
  readonly legs: Readonly<Record<Via, number>>;
  readonly adjustments: number;
  /** Everything that was lost, twice, refused or broken, in words. */
  readonly deviations: readonly string[];
};

export type Skip = { readonly path: string; readonly isGood: boolean; readonly code: string };

/** What an orchestrator tells the run. */
export type OrchestratorMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'reports'; readonly reports: readonly ChannelReport[] }
  | { readonly type: 'ended'; readonly reports: readonly ChannelReport[] };

/** What the run tells it: `end` ends what plays, `leave` the process. */
export type OrchestratorOrder = 'start' | 'end' | 'leave';

/** What an orchestrator is started with. */
export type OrchestratorSettings = {
  readonly baseUrl: string;
  readonly origin: string;
  readonly seed: string;
  readonly channels: number;
  readonly music: readonly string[];
  /** With their seconds. */
  readonly sweeps: Readonly<Record<string, number>>;
};
