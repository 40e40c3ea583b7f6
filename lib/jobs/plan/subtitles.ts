import { textInputs } from '#lib/jobs/spec/base.ts';
import type { JobSpec } from '#lib/jobs/spec/spec.ts';
import { carriesSubtitles } from '#lib/jobs/spec/vocabulary.ts';
import type { CueReader } from './cues.ts';
import type { PlannedSubtitles } from './job-plan.ts';
import { type PlacedSubtitles, shownCues } from './placed-subtitles.ts';

export type SubtitleOptions = {
  readonly spec: Pick<JobSpec, 'inputs' | 'steps' | 'outputs'>;
  readonly read: CueReader;
  readonly warn: (text: string) => void;
};

/** Returns the streams of subtitles of all films. One without a cue is left out, with a warning. Throws as `read` does. */
export function subtitlesOf(placed: readonly PlacedSubtitles[], options: SubtitleOptions): PlannedSubtitles[] {
  const { spec, warn } = options;
  for (const [index, { format }] of spec.outputs.entries()) {
    if (placed.length > 0 && !carriesSubtitles(format)) {
      warn(`outputs[${index}] has no subtitles: ${format} cannot carry them`);
    }
  }
  const used = textInputs(spec);
  for (const [name, { encoding, language }] of Object.entries(spec.inputs)) {
    const field = encoding === undefined ? 'language' : 'encoding';
    if ((encoding ?? language) !== undefined && !used.includes(name)) {
      warn(`inputs.${name}.${field} has no effect: the input is not used as subtitles`);
    }
  }
  return placed.flatMap((one) => streamOf(one, options) ?? []);
}

function streamOf(placed: PlacedSubtitles, { read, warn }: SubtitleOptions): PlannedSubtitles | undefined {
  const { step, index } = placed;
  const { name, cues, language } = read(step, index);
  const stream = { language, isDefault: step.default };
  if (cues.length === 0) return { ...stream, cues };
  const shown = shownCues(cues, { ...placed, index, name, warn });
  return shown.length === 0 ? undefined : { ...stream, cues: shown };
}
