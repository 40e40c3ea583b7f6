import type { AppError } from '#lib/errors.ts';
import type { Filters } from '#lib/playback/settings.ts';
import type { Via } from '../legs/leg.ts';

/** The filters that are now in force, and the sample of the whole stream from which they are. */
export type FilterChange = { readonly filters: Filters; readonly applied_at_sample: number };

/** What happens to a stream while it plays. */
export type StreamEvent =
  | {
      readonly type: 'leg';
      readonly via: Via;
      readonly id: string | undefined;
      /** It continues what another leg began. */
      readonly isResumed: boolean;
      readonly positionSeconds: number;
    }
  | {
      readonly type: 'broken';
      readonly via: Via;
      /** It could not begin. */
      readonly opening: boolean;
      /** It had given audio for a while: it may have reached its function's time limit. */
      readonly worked: boolean;
      readonly error: AppError;
      readonly positionSeconds: number;
    };
