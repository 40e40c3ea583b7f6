import { setTimeout as delay } from 'node:timers/promises';
import type { AudioStream } from '../../client/audio-stream.ts';
import type { Client } from '../../client/client.ts';
import type { PlaylistRequest } from '../../client/playlist.ts';
import { keepAdjusting } from './adjuster.ts';
import type { ChannelReport, Skip } from './channel-report.ts';
import { type Hearing, hearSamples, hearSweeps, samplesOf } from './hearing.ts';
import { createPlaybackClock, type PlaybackClock } from './playback-clock.ts';
import { createPlayedList } from './played-list.ts';
import { planPlaylist } from './playlist-plan.ts';
import type { SpeedChange } from './position-check.ts';
import type { Random } from './random.ts';
import { SAMPLE_RATE } from './sound-format.ts';

export type ChannelOptions = {
  readonly channel: number;
  readonly client: Client;
  readonly random: Random;
  /** The URL of the source server. */
  readonly origin: string;
  /** Ends it. */
  readonly signal: AbortSignal;
} & (
  | {
      readonly kind: 'exact';
      readonly filters: PlaylistRequest['filters'];
      readonly references: ReadonlyMap<string, Buffer>;
    }
  | { readonly kind: 'adjusted'; readonly seconds: Readonly<Record<string, number>> }
);

export type Channel = {
  report(): ChannelReport;
  /** Resolves when the channel has ended and released everything. */
  readonly ended: Promise<void>;
};

/** The buffer of a listener before it begins, and its largest buffer, s. */
export const BUFFER_SECONDS = 3;
/** Pause after a stream that has ended too early. */
const RESTART_MS = 500;
/** Waits that are logged. */
const NOTED_WAIT_MS = 1_000;
/** Most recorded deviations of one channel; more of the same add no information. */
const MOST_DEVIATIONS = 50;

/** Plays an endless list in real time like an orchestrator, and checks all audio. */
export function playChannel(options: ChannelOptions): Channel {
  const { channel, client, random, origin, signal, kind } = options;
  const names = [...(kind === 'exact' ? options.references.keys() : Object.keys(options.seconds))];
  const plan = planPlaylist(random.for('playlist'), { channel, tracks: names as [string, ...string[]] });
  const adjustments = random.for('adjustments');
  const skipped: Skip[] = [];
  const legs = { service: 0, fallback: 0 };
  const deviations: string[] = [];
  /** Totals of earlier streams. */
  const past = { dueSeconds: 0, lateSeconds: 0, tracks: 0 };
  let longestWaitMs = 0;
  let adjusted = 0;
  let clock: PlaybackClock | undefined;
  let hearing: Hearing | undefined;

  /** Writes a log line for debugging. */
  const note = (what: object): void => {
    process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), channel, ...what })}\n`);
  };
  const deviate = (words: string): void => {
    note({ deviation: words });
    if (deviations.length < MOST_DEVIATIONS) deviations.push(words);
  };

  function now(): Pick<ChannelReport, 'dueSeconds' | 'lateSeconds' | 'tracks'> {
    const { dueSeconds = 0, lateSeconds = [] } = clock?.report(performance.now()) ?? {};
    return {
      dueSeconds: past.dueSeconds + dueSeconds,
      lateSeconds: past.lateSeconds + lateSeconds.length,
      tracks: past.tracks + (hearing?.tracks() ?? 0),
    };
  }

  async function playOnce(): Promise<void> {
    const list = createPlayedList(plan, origin);
    const changes: SpeedChange[] = [];
    let heardSamples = 0;
    clock = createPlaybackClock({ sampleRate: SAMPLE_RATE, bufferSeconds: BUFFER_SECONDS });
    hearing =
      options.kind === 'exact'
        ? hearSamples(options.references, { nextItem: list.nextHeard, onDeviation: deviate })
        : hearSweeps({
            seconds: options.seconds,
            nextItem: list.nextHeard,
            onDeviation: deviate,
            changes: () => changes,
          });
    const request = {
      output_format: 'pcm',
      ...(options.kind === 'exact' ? { filters: options.filters ?? {} } : {}),
    } as const;
    const stream = await client.playlist(list.urls(), request, { signal });
    stream.events.on('track', ({ index }) => note({ track: list.at(index)?.path }));
    stream.events.on('leg', ({ via, id, positionSeconds }) => {
      legs[via] += 1;
      note({ leg: via, id, positionSeconds, heardSamples });
    });
    stream.events.on('broken', ({ via, opening, error }) => {
      note({ broken: via, opening, code: error.code, message: error.message, details: error.details });
    });
    stream.events.on('skipped', ({ index, error }) => {
      const item = list.pass(index);
      if (item === undefined) return;
      note({ skipped: item.path, code: error.code });
      skipped.push({ path: item.path, isGood: item.isGood, code: error.code });
    });
    const leaving = new AbortController();
    const adjusting =
      kind === 'exact'
        ? undefined
        : keepAdjusting(stream, {
            random: adjustments,
            signal: AbortSignal.any([signal, leaving.signal]),
            heard: () => heardSamples,
            changes,
            note,
            onDeviation: deviate,
            onAdjusted: () => {
              adjusted += 1;
            },
          });
    try {
      await listen(stream, (chunk) => {
        heardSamples += samplesOf(chunk.length);
        clock?.arrived(samplesOf(chunk.length), performance.now());
        hearing?.push(chunk);
      });
    } finally {
      leaving.abort();
      await adjusting;
      hearing.end();
    }
  }

  async function listen(stream: AudioStream, hear: (chunk: Buffer) => void): Promise<void> {
    let askedAt = performance.now();
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      const waitedMs = performance.now() - askedAt;
      if (waitedMs > NOTED_WAIT_MS) note({ waitedMs, aheadSeconds: clock?.aheadSeconds(performance.now()) });
      longestWaitMs = Math.max(longestWaitMs, waitedMs);
      hear(chunk);
      const earlyMs = ((clock?.aheadSeconds(performance.now()) ?? 0) - BUFFER_SECONDS) * 1_000;
      if (earlyMs > 0) await delay(earlyMs, undefined, { signal });
      askedAt = performance.now();
    }
  }

  async function play(): Promise<void> {
    while (!signal.aborted) {
      try {
        await playOnce();
        deviate('the list has ended');
      } catch (error) {
        if (signal.aborted) break;
        const { code, message } = error as { code?: string; message: string };
        deviate(`the stream was cut: ${code ?? ''} ${message}`);
      }
      Object.assign(past, now());
      clock = undefined;
      hearing = undefined;
      await delay(RESTART_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  let last: ReturnType<typeof now> | undefined;
  const ended = play().finally(() => {
    last = now();
  });
  return {
    ended,
    report: () => ({
      channel,
      kind,
      ...(last ?? now()),
      longestWaitMs,
      skipped,
      legs,
      adjustments: adjusted,
      deviations,
    }),
  };
}
