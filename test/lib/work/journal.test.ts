import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { AppError } from '#lib/errors.ts';
import { createLog } from '#lib/log.ts';
import type {
  TranscodeLine as JournalLine,
  TranscodeJournalOptions as JournalOptions,
} from '#lib/transcode/tracking.ts';
import { createJournal } from '#lib/work/journal.ts';
import { eventually } from '../../support/eventually.ts';
import { trackedTranscode, transcodeRecord } from '../../support/transcode-records.ts';

const PAUSES = { state: 5, progress: 30, retry: 5 };

/** Returns a journal on a store that the test controls, and the writes so far. */
function open(write: (lines: readonly JournalLine[]) => Promise<void>, options: Partial<JournalOptions> = {}) {
  const batches: (readonly JournalLine[])[] = [];
  const logged: string[] = [];
  const journal = createJournal({
    write(lines) {
      batches.push(lines);
      return write(lines);
    },
    log: createLog({ level: 'warn', destination: { write: (line) => void logged.push(line) } }),
    pauses: PAUSES,
    ...options,
  });
  return { journal, batches, logged };
}

const away = () => Promise.reject(new AppError('UNAVAILABLE', { part: 'store' }));
const there = async () => undefined;

describe('the journal', () => {
  it('writes a new state soon, and drops a transcode once its end is written', async () => {
    const { journal, batches } = open(there);
    const transcode = trackedTranscode(transcodeRecord());
    journal.changed(transcode, 'state');
    assert.equal(batches.length, 0, 'nothing waits for it');
    await eventually(() => assert.deepEqual(batches[0]?.[0]?.record, transcode.record()));
    assert.equal(journal.find(transcode.id), transcode);
    journal.changed(transcode, 'end');
    await eventually(() => assert.equal(journal.find(transcode.id), undefined));
    assert.equal(batches.length, 2);
  });

  it('writes nothing of work that never gets its first byte, but knows it for a while', async () => {
    const { journal, batches } = open(there);
    const works = Array.from({ length: 600 }, () => trackedTranscode(transcodeRecord({ state: 'failed' })));
    for (const work of works) {
      journal.changed(work, 'begun');
      assert.equal(journal.find(work.id), work);
      journal.changed(work, 'dropped');
    }
    await journal.flush();
    assert.equal(batches.length, 0);
    assert.equal(journal.known().length, 500);
    assert.equal(journal.find(works[0]?.id ?? ''), undefined);
    assert.equal(journal.find(works.at(-1)?.id ?? ''), works.at(-1));
  });

  it('writes progress at most once per interval', async () => {
    const times: number[] = [];
    const { journal } = open(async () => void times.push(performance.now()));
    const transcode = trackedTranscode(transcodeRecord());
    const timer = setInterval(() => journal.changed(transcode, 'progress'), 2);
    await eventually(() => assert.ok(times.length >= 5));
    clearInterval(timer);
    const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    assert.ok(Math.min(...pauses) > PAUSES.progress - 3, pauses.join(' '));
  });

  it('runs one write at a time, and then writes the latest state', async () => {
    const { promise: thawed, resolve: thaw } = Promise.withResolvers<void>();
    const { journal, batches } = open(() => thawed);
    let record = transcodeRecord();
    const transcode = { ...trackedTranscode(record), record: () => record };
    journal.changed(transcode, 'end');
    for (let bytes = 0; bytes < 5_000; bytes += 1) {
      record = { ...record, metrics: { ...record.metrics, bytes } };
      journal.changed(transcode, 'end');
    }
    const others = Array.from({ length: 20 }, () => trackedTranscode(transcodeRecord({ state: 'completed' })));
    for (const other of others) journal.changed(other, 'end');
    assert.equal(batches.length, 1);
    thaw();
    await journal.flush();
    assert.deepEqual(
      batches.map((lines) => lines.length),
      [1, 21],
    );
    assert.equal(batches[1]?.[0]?.record.metrics.bytes, 4_999);
    assert.deepEqual(journal.known(), []);
  });

  it('runs one write at a time for any number of flushes', async () => {
    let underWay = 0;
    const { journal, batches } = open(async () => {
      underWay += 1;
      assert.equal(underWay, 1);
      await setImmediate();
      underWay -= 1;
    });
    for (let round = 0; round < 5; round += 1) {
      for (let count = 0; count < 5; count += 1) journal.changed(trackedTranscode(transcodeRecord()), 'state');
      await Promise.all([journal.flush(), journal.flush(), journal.flush()]);
    }
    assert.equal(batches.flat().length, 25);
  });

  it('keeps records while the store is down, and writes them when it is back', async () => {
    let isAway = true;
    const { journal, batches } = open(() => (isAway ? away() : there()));
    const transcode = trackedTranscode(transcodeRecord({ state: 'failed' }));
    journal.adjusted(transcode, { filters: transcode.record().filters, appliedAtSample: 7 });
    journal.changed(transcode, 'end');
    await eventually(() => assert.ok(batches.length > 3));
    assert.equal(journal.find(transcode.id), transcode);
    isAway = false;
    await eventually(() => assert.equal(journal.find(transcode.id), undefined));
    assert.deepEqual(
      batches
        .at(-1)
        ?.map(({ record, adjusted }) => [record.id, adjusted.map(({ appliedAtSample }) => appliedAtSample)]),
      [[transcode.id, [7]]],
    );
  });

  it('drops the oldest ended transcodes when there are too many, and logs it', async () => {
    let isAway = true;
    const { journal, logged } = open(() => (isAway ? away() : there()), { maxEnded: 10 });
    const running = trackedTranscode(transcodeRecord());
    journal.changed(running, 'state');
    const ended = Array.from({ length: 25 }, () => trackedTranscode(transcodeRecord({ state: 'completed' })));
    for (const transcode of ended) journal.changed(transcode, 'end');
    assert.deepEqual(journal.known(), [running, ...ended.slice(-10)]);
    isAway = false;
    await journal.flush();
    await journal.flush();
    assert.deepEqual(journal.known(), [running]);
    assert.match(logged.join(''), /"dropped":15/);
  });

  it('writes the other records when the store refuses one, and logs which', async () => {
    const ended = Array.from({ length: 5 }, () => trackedTranscode(transcodeRecord({ state: 'completed' })));
    const bad = ended[2]?.id ?? '';
    const written: string[] = [];
    const { journal, logged } = open(async (lines) => {
      if (lines.some(({ record }) => record.id === bad)) throw new Error('invalid');
      written.push(...lines.map(({ record }) => record.id));
    });
    for (const transcode of ended) journal.changed(transcode, 'end');
    await eventually(() => assert.deepEqual(journal.known(), []));
    assert.deepEqual(written.toSorted(), ended.flatMap(({ id }) => (id === bad ? [] : [id])).toSorted());
    assert.match(logged.join(''), new RegExp(bad));
  });

  it('closes within its timeout', async () => {
    const { journal } = open(() => new Promise(() => undefined));
    journal.changed(trackedTranscode(transcodeRecord()), 'end');
    const startedAt = performance.now();
    await journal.close(50);
    assert.ok(performance.now() - startedAt < 5_000);
  });

  it('writes nothing without a store, and keeps the last ended transcodes', async () => {
    const { journal } = open(there, { write: undefined, maxEnded: 2 });
    const ended = Array.from({ length: 4 }, () => trackedTranscode(transcodeRecord({ state: 'completed' })));
    for (const transcode of ended) journal.changed(transcode, 'end');
    assert.deepEqual(journal.known(), ended.slice(2));
    await journal.close(1_000);
  });
});
