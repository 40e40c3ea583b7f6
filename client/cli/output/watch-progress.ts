import { setTimeout as delay } from 'node:timers/promises';
import { PATHS } from '#lib/api/paths.ts';
import type { AudioStream } from '../../audio-stream.ts';
import type { TranscodeRecord } from '../../service/transcode-record.ts';
import { type Run, secondsOf, textOf } from '../arguments/command.ts';
import type { Connection } from '../connection.ts';
import type { Source } from '../source/open-source.ts';
import { fileLength, recordedLength, type SourceLength } from '../source/source-length.ts';
import { createProgressBar, shareOf } from './progress-bar.ts';

type Watched = { readonly run: Run; readonly connection: Connection; readonly source: Source };

const SHOW_EVERY_MS = 100;
const EVENT_EVERY_MS = 1_000;
const LENGTH_TRIES = 10;
const LENGTH_AGAIN_MS = 250;

/** Shows the progress until it is disposed. */
export function watchProgress(stream: AudioStream, { run, connection, source }: Watched): Disposable {
  const { values, report } = run;
  const from = secondsOf(values, 'start') ?? 0;
  const duration = secondsOf(values, 'duration');
  const bar = createProgressBar(process.stderr);
  let whole: SourceLength | undefined;
  let bytes = 0;
  const isOver = new AbortController();
  void lengthOf().then((length) => {
    whole = length;
  });
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });

  async function lengthOf(): Promise<SourceLength | undefined> {
    if (source.file !== undefined) return await fileLength(source.file, textOf(values, 'ffmpeg'));
    // The service may know the length only a moment after the first audio.
    for (let tries = 0; tries < LENGTH_TRIES && stream.via === 'service'; tries += 1) {
      const call = { path: PATHS.transcodes.one, id: stream.id };
      const record = await connection.calls.request<TranscodeRecord>('transcodes', call).catch(() => undefined);
      const length = record === undefined ? undefined : recordedLength(record);
      if (length !== undefined || isOver.signal.aborted) return length;
      await delay(LENGTH_AGAIN_MS, undefined, { signal: isOver.signal, ref: false }).catch(() => undefined);
    }
    return undefined;
  }

  /** Returns the length of the requested part. */
  function total(): SourceLength | undefined {
    const rest = whole === undefined ? undefined : { ...whole, seconds: whole.seconds - from };
    if (duration === undefined || (rest !== undefined && rest.seconds < duration)) return rest;
    return { seconds: duration, isEstimate: false };
  }

  function show(): void {
    const progress = { seconds: stream.positionSeconds - from, total: total(), bytes };
    if (!report.isJson) {
      bar.show(progress);
      return;
    }
    const share = shareOf(progress);
    const percent = share === undefined ? null : share * 100;
    report.event('progress', { position_seconds: stream.positionSeconds, percent, bytes, via: stream.via });
  }

  const timer = setInterval(show, report.isJson ? EVENT_EVERY_MS : SHOW_EVERY_MS);
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      isOver.abort();
      bar.end();
    },
  };
}
