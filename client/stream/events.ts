import type { AppError } from '#lib/errors.ts';
import type { Filters } from '#lib/playback/settings.ts';
import type { Via } from '../legs/leg.ts';

/** The filters now in force, and the first sample of the whole stream that has them. */
export type FilterChange = { readonly filters: Filters; readonly applied_at_sample: number };

/** An event of a stream. */
export type StreamEvent =
  | {
      readonly type: 'leg';
      readonly via: Via;
      readonly id: string | undefined;
      /** Whether it continues an earlier leg. */
      readonly isResumed: boolean;
      /** In the source. */
      readonly positionSeconds: number;
    }
  | {
      readonly type: 'broken';
      readonly via: Via;
      /** Whether the leg failed before its first audio. */
      readonly opening: boolean;
      /** Whether it had produced audio for a while: it may have reached the time limit of its function. */
      readonly worked: boolean;
      readonly error: AppError;
      /** In the source. */
      readonly positionSeconds: number;
    };
