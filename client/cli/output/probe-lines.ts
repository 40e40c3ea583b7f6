import type { Probe, ProbedStream } from '../../service/probe-report.ts';
import { clock, size } from './words.ts';

/** Returns what a source contains as lines: the whole, its streams, and what is not known. */
export function probeLines(name: string, { kind, container, seconds, bytes, streams, ...rest }: Probe): string[] {
  const length = seconds === null ? '' : clock(seconds);
  const whole = [container ?? kind, length, bytes === null ? '' : size(bytes)].filter(Boolean).join(', ');
  return [
    `${name}: ${whole}`,
    ...(streams ?? []).map((stream) => row(stream.index, stream.type, inWords(stream))),
    ...(rest.other_streams ?? []).map(({ index, codec, language, not_used_because: because }) =>
      row(index, because.replace('_', ' '), words([codec, language, 'not used'])),
    ),
    ...rest.unknown.map(({ field, because }) => `  ${FIELDS[field]} unknown: ${because}`),
  ];
}

const FIELDS = { seconds: 'length', bytes: 'size', streams: 'streams' } as const;

function row(index: number, type: string, text: string): string {
  return `  ${String(index).padStart(2)}  ${type.padEnd(16)}  ${text}`;
}

function inWords(stream: ProbedStream): string {
  const { codec, profile, language, start_seconds: start } = stream;
  const facts = stream.type === 'video' ? pictureFacts(stream) : soundFacts(stream);
  const begin = start > 0 ? `begins at ${decimal(start)} s` : null;
  return words([profile === null ? codec : `${codec} ${profile}`, ...facts, language, begin]);
}

function pictureFacts(stream: ProbedStream & { readonly type: 'video' }): (string | null)[] {
  const { width, height, upright_width, upright_height, rotation, average_rate: rate, pixel_format, color } = stream;
  const coded = `${width}x${height}`;
  const upright = `${upright_width}x${upright_height}`;
  const turned = rotation === 0 ? '' : `, turned by ${rotation}°`;
  return [
    coded === upright ? upright : `${upright} (coded ${coded}${turned})`,
    rate === null ? null : `${decimal(rate)} fps`,
    pixel_format,
    color.transfer,
  ];
}

function soundFacts({ sample_rate, channels, layout }: ProbedStream & { readonly type: 'audio' }): string[] {
  return [`${sample_rate} Hz`, layout ?? `${channels} channels`];
}

function words(texts: readonly (string | null)[]): string {
  return texts.filter((text) => text !== null && text !== '').join(', ');
}

function decimal(value: number): string {
  return String(Math.round(value * 1_000) / 1_000);
}
