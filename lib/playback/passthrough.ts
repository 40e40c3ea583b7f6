import { probe } from '#lib/ffmpeg/probe.ts';
import type { FfmpegCommand, FfmpegProcess, StopPolicy } from '#lib/ffmpeg/process.ts';
import type { Log } from '#lib/log.ts';
import type { OpenedSource } from '#lib/sources/open-source.ts';
import type { SpooledSource } from '#lib/sources/spool.ts';
import { probeArguments } from './arguments.ts';
import { EXAMINERS, type Passthrough } from './passthrough-examiners.ts';
import { asksForFormatOnly, bitrateFits, streamFits } from './passthrough-rules.ts';
import { type PlaybackSettings, profileOf } from './settings.ts';

export type PassthroughOptions = {
  readonly source: Pick<OpenedSource, 'format' | 'size' | 'body' | 'tail'>;
  /** The file of the source, when its body has been spooled. */
  readonly spooled: Pick<SpooledSource, 'fd'> | undefined;
  readonly startFfmpeg: (command: Omit<FfmpegCommand, 'program'>, stop: StopPolicy['by']) => FfmpegProcess;
  readonly signal: AbortSignal;
  readonly log: Pick<Log, 'debug' | 'warn'>;
};

/** Longest time for the examination, ms. */
const EXAMINATION_TIMEOUT_MS = 1_000;

/**
 * Checks whether a source already is the requested audio: reads its first bytes, index or last bytes, and has ffmpeg
 * probe it. The bytes stay in the source. Returns undefined when uncertain or when it takes too long. Never rejects.
 */
export async function findPassthrough(
  settings: PlaybackSettings,
  options: PassthroughOptions,
): Promise<Passthrough | undefined> {
  const { source, spooled, startFfmpeg: start } = options;
  const examiner = EXAMINERS[source.format.container];
  if (examiner?.format !== settings.format || !asksForFormatOnly(settings)) return undefined;
  const profile = profileOf(settings);
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(EXAMINATION_TIMEOUT_MS)]);
  const args = probeArguments({ feed: spooled === undefined ? 'pipe' : 'spool', demuxer: source.format.demuxer });
  try {
    const finding = await examiner.examine({ source, spooled, profile, signal });
    if (finding === undefined) return undefined;
    const stream = await probe({ start, args, input: finding.sample, signal });
    if (stream === undefined || !streamFits(profile, stream)) return undefined;
    return bitrateFits(profile, await finding.bitrate(stream)) ? finding.passthrough : undefined;
  } catch (error) {
    // A slow source is encoded instead. A failed source fails again when it is encoded.
    options.log[signal.aborted ? 'debug' : 'warn']({ err: error }, 'passthrough');
    return undefined;
  }
}
