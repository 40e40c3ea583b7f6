import { z } from 'zod';
import { isAfter, NEXT_CURSOR, PAGE_FIELDS, type Page } from '#lib/work/page.ts';
import { TRANSCODE_RECORD, type TranscodeRecord } from './record.ts';
import { hasEnded, TRANSCODE_STATES } from './state.ts';

const STATES = ['active', ...TRANSCODE_STATES] as const;

/** The query of `GET /transcodes`. */
export const PAGE_QUERY = z.strictObject({
  state: z
    .enum(STATES, { error: `state must be one of ${STATES.join(', ')}` })
    .optional()
    .meta({ description: '`active`: those that have not ended.' }),
  ...PAGE_FIELDS.shape,
});

export const TRANSCODE_PAGE = z.strictObject({ items: z.array(TRANSCODE_RECORD), next_cursor: NEXT_CURSOR });

export type PageQuery = z.output<typeof PAGE_QUERY>;
export type TranscodePage = Page<TranscodeRecord>;

/** Whether a record is one that the query selects. */
export function isAskedFor(record: TranscodeRecord, { state, cursor }: Pick<PageQuery, 'state' | 'cursor'>): boolean {
  if (state === 'active' ? hasEnded(record.state) : state !== undefined && record.state !== state) return false;
  return isAfter(cursor, record);
}
