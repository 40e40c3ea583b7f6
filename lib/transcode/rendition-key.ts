import { createHash } from 'node:crypto';
import type { FfmpegBinary } from '#lib/ffmpeg/binary.ts';
import { transcodeArguments } from '#lib/playback/arguments.ts';
import type { PlaybackSettings } from '#lib/playback/settings.ts';
import type { OpenedSource } from '#lib/sources/open-source.ts';

export type RenditionKeyOptions = {
  readonly source: Pick<OpenedSource, 'version' | 'format'>;
  readonly binary: FfmpegBinary;
  readonly maxSeconds: number;
};

/**
 * Returns a key for the audio that a request produces from a source. It covers everything the audio depends on: the
 * version of the source, the arguments of ffmpeg, and its path and version. Undefined when the audio may not be shared:
 * it is live, or the source has no version.
 */
export function renditionKey(settings: PlaybackSettings, options: RenditionKeyOptions): string | undefined {
  const { source, binary, maxSeconds } = options;
  if (settings.live || source.version === undefined) return undefined;
  const { path, capabilities } = binary;
  const args = transcodeArguments(settings, {
    feed: 'pipe',
    demuxer: source.format.demuxer,
    maxSeconds,
    losesPitchedEnd: capabilities.losesPitchedEnd,
  });
  return createHash('sha256')
    .update(JSON.stringify([source.version, path, capabilities.version, args]))
    .digest('hex');
}
