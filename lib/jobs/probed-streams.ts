import type { MediaFacts, StreamFacts } from './media/facts.ts';
import { uprightSize } from './plan/sizes.ts';
import type { OtherStream, ProbedStream } from './probe-report.ts';

/** Returns the streams that a job can use. `isLengthKnown`: whether the length of the file is more than a guess. */
export function usableStreams({ streams }: MediaFacts, isLengthKnown: boolean): ProbedStream[] {
  return streams.flatMap((stream) => shownStream(stream, isLengthKnown));
}

/** Returns the other streams, and why no job uses them. */
export function otherStreams({ streams }: MediaFacts): OtherStream[] {
  return streams.flatMap((stream) => {
    if (stream.kind !== 'other') return [];
    const { index, codec, language, because } = stream;
    return [{ index, codec, language, not_used_because: because }];
  });
}

function shownStream(stream: StreamFacts, isLengthKnown: boolean): ProbedStream[] {
  if (stream.kind === 'other') return [];
  const { index, codec, profile, startSeconds, language, isDefault } = stream;
  const times = { start_seconds: startSeconds, end_seconds: isLengthKnown ? stream.endSeconds : null };
  const common = { index, codec, profile, ...times, language, default: isDefault };
  if (stream.kind === 'sound') {
    const { sampleRate, channels, layout } = stream;
    return [{ type: 'audio', ...common, sample_rate: sampleRate, channels, layout }];
  }
  const { width, height, rotation, pixelAspect, averageRate, baseRate, pixelFormat, color } = stream;
  const upright = uprightSize(stream);
  const size = { width, height, rotation, pixel_aspect: pixelAspect };
  return [
    {
      ...{ type: 'video', ...common, ...size, upright_width: upright.width, upright_height: upright.height },
      ...{ average_rate: averageRate, base_rate: baseRate, pixel_format: pixelFormat, color },
    },
  ];
}
