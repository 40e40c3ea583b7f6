import type { EncodedFile, Geometry } from '#lib/jobs/plan/job-plan.ts';
import type { Expected } from '#lib/jobs/verify/expected.ts';
import { type SubtitleFile, subtitleInputs, subtitleStreams } from './subtitle-files.ts';
import type { TimelineGraph } from './timeline-graph.ts';

/** A file that is encoded, with its place among the files of the plan. */
export type NumberedOutput = { readonly output: EncodedFile; readonly index: number };

/** A stream of a file: what it is made from, the filters in between, and the encoder. */
export type Tap = {
  readonly source: Geometry | 'sound';
  readonly filters: string;
  readonly encoder: readonly string[];
};

/** A file that a stage writes. */
export type Target = {
  readonly taps: readonly Tap[];
  /** Options of the container. */
  readonly muxer: readonly string[];
  readonly subtitles?: readonly SubtitleFile[];
  readonly expected: Expected;
};

/** Returns the geometries in which targets need the picture, each once. */
export function geometriesOf(targets: readonly Target[]): Geometry[] {
  const all = targets.flatMap(({ taps }) => taps.map(({ source }) => source)).filter((source) => source !== 'sound');
  return all.filter((geometry, index) => all.findIndex((other) => isSameGeometry(other, geometry)) === index);
}

/**
 * Returns ffmpeg's arguments for a graph and the files that it fills, all from one decode. The pictures of the graph are
 * those of `geometriesOf`.
 */
export function targetArguments(graph: TimelineGraph, targets: readonly Target[], folder: string): string[] {
  const geometries = geometriesOf(targets);
  const links = [...graph.pictures, graph.sound ?? ''];
  const linkOf = ({ source }: Tap): number =>
    source === 'sound' ? geometries.length : geometries.findIndex((other) => isSameGeometry(other, source));
  const taps = targets.flatMap((target) => target.taps);
  const splits = links.flatMap((link, number) => {
    const ends = taps.flatMap((tap, index) => (linkOf(tap) === number ? [`[t${index}]`] : []));
    const filter = number === geometries.length ? 'asplit' : 'split';
    return ends.length === 0 ? [] : [`${link}${filter}=${ends.length}${ends.join('')}`];
  });
  const ends = taps.map(({ filters }, index) => `[t${index}]${filters}[o${index}]`);
  let next = 0;
  const texts = subtitlesOf(targets);
  const firsts = firstNumbers(targets, graph.opened);
  const files = targets.flatMap((target, index) => [
    ...target.taps.flatMap(({ encoder }) => ['-map', `[o${next++}]`, ...encoder]),
    ...subtitleStreams(target.subtitles ?? [], firsts[index] ?? 0),
    ...target.muxer,
    ...['-y', `file:${folder}/${target.expected.file}`],
  ]);
  const filters = [...graph.filters, ...splits, ...ends].join(';');
  return [...graph.inputs, ...subtitleInputs(texts, folder), '-filter_complex', filters, ...files];
}

/** Returns all files of subtitles, in the order in which they are opened. */
export function subtitlesOf(targets: readonly Target[]): SubtitleFile[] {
  return targets.flatMap(({ subtitles = [] }) => subtitles);
}

/** Returns the number of the first file of subtitles of each target. `first` is that of all. */
export function firstNumbers(targets: readonly Target[], first: number): number[] {
  return targets.map((_, index) => first + subtitlesOf(targets.slice(0, index)).length);
}

function isSameGeometry(one: Geometry, other: Geometry): boolean {
  return (
    one.width === other.width &&
    one.height === other.height &&
    one.fit === other.fit &&
    one.background === other.background &&
    one.unit === other.unit
  );
}
