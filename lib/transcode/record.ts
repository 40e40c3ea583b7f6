import { z } from 'zod';
import { ADJUSTABLE } from '#lib/filters/live.ts';
import { TRANSCODE_REQUEST } from '#lib/playback/request.ts';
import type { Filters } from '#lib/playback/settings.ts';
import { OUTPUT_FORMATS } from '#lib/profiles/audio.ts';
import { NEXT_CURSOR, PAGE_FIELDS } from '#lib/work/page.ts';
import { WORK_RECORD } from '#lib/work/record.ts';
import { TRANSCODE_STATES } from './state.ts';

const PROGRESS = z.strictObject({
  position_seconds: z.number().min(0).meta({ description: 'Position in the source, in seconds. Never decreases.' }),
  duration_seconds: z
    .number()
    .min(0)
    .nullable()
    .meta({ description: 'Length of the source in seconds; null while unknown.' }),
  percent: z.number().min(0).max(100).nullable().meta({
    description: 'Percentage of the requested audio that is done; null while unknown, 100 only once completed.',
  }),
});

const METRICS = z.strictObject({
  first_byte_ms: z.number().min(0).nullable().meta({
    description: 'Milliseconds from the request to the first byte of audio; null before that byte.',
  }),
  bytes: z.int().min(0).meta({ description: 'Bytes sent to the client.' }),
  speed: z
    .number()
    .nullable()
    .meta({ description: 'Seconds of audio that ffmpeg produces per second; null while unknown.' }),
  cpu_seconds: z.number().min(0).nullable().meta({
    description: 'CPU time that ffmpeg has used, in seconds; null while this transcode has started no ffmpeg.',
  }),
});

/** Why a transcode was cancelled: by a request, or because its reader disconnected. */
export const CANCELLED_BY = ['request', 'reader'] as const;
export type CancelledBy = (typeof CANCELLED_BY)[number];

/** A transcode as it is stored and as responses contain it. */
export const TRANSCODE_RECORD = WORK_RECORD.extend({
  state: z.enum(TRANSCODE_STATES).meta({ description: 'Current state; completed, failed and cancelled are final.' }),
  source_format: z
    .string()
    .nullable()
    .meta({ description: 'Container and codec of the source, such as `mp3/mp3`; null while unknown.' }),
  output_format: z.enum(OUTPUT_FORMATS).meta({ description: 'Format of the output.' }),
  live: z.boolean().meta({ description: 'Whether it streams in real time.' }),
  adjust: z.array(z.enum(ADJUSTABLE)).meta({ description: 'What can be changed while the stream plays.' }),
  filters: TRANSCODE_REQUEST.shape.filters.meta({ description: 'The filters that are currently in effect.' }),
  progress: PROGRESS.meta({ description: 'Progress so far.' }),
  metrics: METRICS.meta({ description: 'Latency, size and cost so far.' }),
  cancelled_by: z.enum(CANCELLED_BY).nullable().meta({
    description: 'Why it was cancelled: `request` (a `DELETE`) or `reader` (the client disconnected); null otherwise.',
  }),
});

export type TranscodeRecord = Omit<z.output<typeof TRANSCODE_RECORD>, 'filters'> & { filters: Filters };
export type TranscodeProgress = TranscodeRecord['progress'];

const STATES = ['active', ...TRANSCODE_STATES] as const;

/** The query of `GET /transcodes`. */
export const PAGE_QUERY = z.strictObject({
  state: z
    .enum(STATES, { error: `state must be one of ${STATES.join(', ')}` })
    .optional()
    .meta({ description: 'Returns only transcodes in this state; `active` selects all that have not ended.' }),
  ...PAGE_FIELDS.shape,
});
export type PageQuery = z.output<typeof PAGE_QUERY>;

export const TRANSCODE_PAGE = z.strictObject({
  items: z.array(TRANSCODE_RECORD).meta({ description: 'Transcodes, newest first.' }),
  next_cursor: NEXT_CURSOR,
});
