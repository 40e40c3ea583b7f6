import { AppError } from '#lib/errors.ts';
import { type Capabilities, type Capability, missingCapabilities } from '#lib/ffmpeg/capabilities.ts';
import type { AudioCodec, Format, VideoCodec } from '#lib/jobs/spec/vocabulary.ts';
import { sourcesOf } from './clip-sources.ts';
import type { JobPlan, PlannedOutput } from './job-plan.ts';
import { type Needs, pictureNeeds, pipNeeds } from './picture-needs.ts';
import type { PlannedLayer } from './planned-layers.ts';

const ENCODERS: Readonly<Record<VideoCodec | AudioCodec, Capability>> = {
  h264: 'encoder:libx264',
  vp9: 'encoder:libvpx-vp9',
  aac: 'encoder:aac',
  opus: 'encoder:libopus',
  mp3: 'encoder:libmp3lame',
  pcm: 'encoder:pcm_s16le',
};

const CONTAINERS: Readonly<Record<Format, readonly Capability[]>> = {
  mp4: ['muxer:mp4'],
  mov: ['muxer:mov'],
  mkv: ['muxer:matroska'],
  webm: ['muxer:webm'],
  mp3: ['muxer:mp3'],
  aac: ['muxer:adts'],
  wav: ['muxer:wav'],
  jpg: ['muxer:image2', 'encoder:mjpeg'],
  png: ['muxer:image2', 'encoder:png'],
  gif: [
    ...(['muxer:gif', 'encoder:gif', 'encoder:ffv1', 'encoder:png', 'filter:palettegen'] as const),
    'filter:paletteuse',
  ],
  hls: ['muxer:mp4'],
  dash: ['muxer:mp4'],
};

/** What writes streams of subtitles, and reads the files that they are made of. */
const SUBTITLES: Partial<Readonly<Record<Format, readonly Capability[]>>> = {
  mp4: ['demuxer:srt', 'encoder:mov_text'],
  mov: ['demuxer:srt', 'encoder:mov_text'],
  mkv: ['demuxer:srt'],
  webm: ['demuxer:webvtt'],
};

const TRANSITION: readonly Capability[] = ['filter:xfade', 'filter:aeval', 'filter:amix'];
/** What draws each kind of layer. */
const LAYERS: { readonly [Kind in PlannedLayer['kind']]: (layer: Extract<PlannedLayer, { kind: Kind }>) => Needs } = {
  text: () => ({ capabilities: ['filter:ass', 'filter:colormatrix'] }),
  pip: pipNeeds,
};
/** The filters of a changed sound, and of one that is lowered while a voice is heard. */
const MIXING: readonly Capability[] = [
  'filter:amix',
  'filter:alimiter',
  'filter:afade',
  'filter:adelay',
  'filter:aloop',
];
const DUCKING: readonly Capability[] = ['filter:sidechaincompress', 'filter:agate', 'filter:pan'];

/** Throws CAPABILITY_MISSING `{capability}` for the first thing that the plan needs and this ffmpeg lacks. */
export function requireCapabilities(plan: Needing, capabilities: Capabilities): void {
  for (const [index, output] of plan.outputs.entries()) {
    const hasChapters = 'chapters' in output && output.chapters.length > 0;
    const hasSubtitles = 'subtitles' in output && output.subtitles.length > 0;
    const subtitles = hasSubtitles ? (SUBTITLES[output.format] ?? []) : [];
    const chapters: readonly Capability[] = hasChapters ? ['demuxer:ffmetadata'] : [];
    const needed = [
      ...CONTAINERS[output.format],
      ...subtitles,
      ...chapters,
      ...codecsOf(output).map((codec) => ENCODERS[codec]),
    ];
    refuse(missingCapabilities(needed, capabilities), { field: `outputs[${index}]` });
  }
  for (const { step, added } of plan.mix.layers) {
    const needed = [...MIXING, ...(added === null || added.duck === 0 ? [] : DUCKING)];
    refuse(missingCapabilities(needed, capabilities), { field: `steps[${step}]` });
  }
  if (plan.outputs.every(({ kind }) => kind === 'copy')) return;
  for (const { picture, input } of sourcesOf(plan.clips)) {
    if (picture !== null) refuse(missingCapabilities(pictureNeeds(picture), capabilities), { input });
  }
  if (plan.clips.some(({ transition, picture }) => transition !== null && picture !== null)) {
    refuse(missingCapabilities(TRANSITION, capabilities), { field: 'steps[0].transition' });
  }
  for (const layer of plan.layers) {
    const { capabilities: wanted, input } = (LAYERS[layer.kind] as (layer: PlannedLayer) => Needs)(layer);
    const where = { field: 'steps', ...(input !== undefined && { input }) };
    refuse(missingCapabilities(wanted, capabilities), where);
  }
}

type Needing = Pick<JobPlan, 'clips' | 'layers' | 'mix' | 'outputs'>;

/** Returns the codecs in which an output is encoded. */
function codecsOf(output: PlannedOutput): (VideoCodec | AudioCodec)[] {
  if (output.kind === 'picture') return [];
  if (output.kind === 'copy') return output.sound?.treatment === 'encoded' ? [output.sound.sound.codec] : [];
  if (output.kind === 'package')
    return [...output.films, ...(output.sound === null ? [] : [output.sound])].flatMap(codecsOf);
  const sound = output.sound === null ? [] : [output.sound.codec];
  return output.kind === 'film' ? [output.video.codec, ...sound] : sound;
}

function refuse(
  [capability]: readonly Capability[],
  where: { readonly field?: string; readonly input?: string },
): void {
  if (capability === undefined) return;
  const message = `this ffmpeg lacks ${capability}; the full layer has it (npm run build:layers)`;
  throw new AppError('CAPABILITY_MISSING', { capability, ...where, phase: 'probing' }, { message });
}
