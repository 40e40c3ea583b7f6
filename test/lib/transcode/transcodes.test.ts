import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AppError } from '#lib/errors.ts';
import { LOCAL_CALLER } from '#lib/identity/caller.ts';
import { PAGE_QUERY } from '#lib/transcode/record.ts';
import { TRANSCODE_STATES } from '#lib/transcode/state.ts';
import { createTranscodes, isAskedFor, type TranscodeStore } from '#lib/transcode/transcodes.ts';
import { createShare } from '#lib/work/shares.ts';
import { trackedTranscode, transcodeRecord } from '../../support/transcode-records.ts';

const WAITS = createShare({ budget: 'record_waits', limit: 4, reserve: 1 });
const ANN = { ...LOCAL_CALLER, subject: 'ann' };

const records = fc
  .array(
    fc.record({
      at: fc.integer({ min: 1.7e12, max: 1.7e12 + 20 }),
      state: fc.constantFrom(...TRANSCODE_STATES),
      isHere: fc.boolean(),
    }),
    { maxLength: 30 },
  )
  .map((list) =>
    list.map(({ at, state, isHere }) => ({
      isHere,
      record: transcodeRecord({ state, created_at: new Date(at).toISOString() }),
    })),
  );

describe('a page of transcodes', () => {
  it('merges local and stored transcodes: each once across pages, newest first', async () => {
    await fc.assert(
      fc.asyncProperty(records, fc.integer({ min: 1, max: 7 }), fc.boolean(), async (list, limit, onlyActive) => {
        const here = list.filter(({ isHere }) => isHere).map(({ record }) => trackedTranscode(record));
        const store: TranscodeStore = {
          find: async () => undefined,
          // The stored copy of a local one has an older state.
          list: async ({ except, ...query }) =>
            list
              .map(({ record }) => record)
              .filter((record) => isAskedFor(record, query) && !except.includes(record.id))
              .toSorted((one, other) => (one.created_at + one.id < other.created_at + other.id ? 1 : -1))
              .slice(0, query.limit),
        };
        const control = { request: async () => 'ended' as const, close: () => undefined };
        const transcodes = createTranscodes({
          journal: { find: () => undefined, known: () => here },
          shared: { store, control, waits: WAITS },
        });
        const seen: string[] = [];
        let cursor: string | null | undefined;
        do {
          const query = {
            limit: String(limit),
            ...(onlyActive ? { state: 'active' } : {}),
            ...(cursor ? { cursor } : {}),
          };
          const page = await transcodes.list(ANN, PAGE_QUERY.parse(query));
          assert.ok(page.items.length <= limit);
          seen.push(...page.items.map(({ created_at, id }) => created_at + id));
          cursor = page.next_cursor;
        } while (cursor !== null);
        const wanted = list.filter(({ record }) => !onlyActive || record.ended_at === null);
        assert.deepEqual(
          seen,
          wanted
            .map(({ record }) => record.created_at + record.id)
            .toSorted()
            .toReversed(),
        );
      }),
    );
  });

  it('returns local transcodes while the store is unreachable, and shows that there may be more', async () => {
    const here = [trackedTranscode(transcodeRecord())];
    const away = () => Promise.reject(new AppError('UNAVAILABLE', { part: 'store' }));
    const transcodes = createTranscodes({
      journal: { find: () => undefined, known: () => here },
      shared: { store: { find: away, list: away }, control: { request: away, close: () => undefined }, waits: WAITS },
    });
    const { items, next_cursor } = await transcodes.list(ANN, PAGE_QUERY.parse({}));
    assert.deepEqual(items, [here[0]?.record()]);
    assert.ok(next_cursor);
    const behind = transcodes.list(ANN, PAGE_QUERY.parse({ cursor: next_cursor }));
    await assert.rejects(behind, { code: 'UNAVAILABLE', details: { part: 'store' } });
    const other = transcodes.list(LOCAL_CALLER, PAGE_QUERY.parse({}));
    await assert.rejects(other, { code: 'UNAVAILABLE' });
  });

  it('rejects an invalid query', () => {
    for (const query of [
      { limit: '0' },
      { limit: '101' },
      { limit: '1.5' },
      { limit: 'x' },
      { state: 'gone' },
      { cursor: 'x' },
      { page: '2' },
    ]) {
      assert.equal(PAGE_QUERY.safeParse(query).success, false, JSON.stringify(query));
    }
    assert.deepEqual(PAGE_QUERY.parse({}), { limit: 20 });
  });
});
