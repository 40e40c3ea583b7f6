import type { JobPlan } from '#lib/jobs/plan/job-plan.ts';
import type { SoundClip } from '#lib/jobs/plan/planned-mix.ts';
import { SAMPLE_RATE } from '#lib/jobs/plan/rates.ts';
import { type OpenedSound, openTrack } from './open-track.ts';
import { soundChunkTarget } from './output-targets.ts';
import { FINISHED_SOUND, joined } from './sound-chain.ts';
import type { EncodeStage, StageFiles } from './stage.ts';
import { targetArguments } from './targets.ts';

export type SoundStageOptions = StageFiles & { readonly plan: Pick<JobPlan, 'fps'> };

type Written = { readonly samples: number; readonly file: string };

/** Returns the stage that writes sounds that follow each other to one file, not compressed. */
export function soundStage(
  name: string,
  { inputs, opened, used, chains }: OpenedSound,
  { samples, file }: Written,
  { plan, folder }: SoundStageOptions,
): EncodeStage {
  const target = soundChunkTarget(file, { fps: plan.fps, firstFrame: 0, frames: 0, samples });
  const parts = chains.map((chain, index) => `${chain}[c${index}a]`);
  const links = chains.map((_, index) => `[c${index}a]`);
  const filters = [...parts, `${joined(links, 'v=0:a=1')}${FINISHED_SOUND}[a]`];
  return {
    name,
    args: targetArguments({ inputs, opened, filters, pictures: [], sound: '[a]' }, [target], folder),
    writes: [],
    outputs: [file],
    weight: { frames: 0, seconds: samples / SAMPLE_RATE },
    inputs: [...new Set(used)],
    expected: [target.expected],
    frees: [],
  };
}

/** Returns the stage that writes a part of a sound track. */
export function trackStage(
  name: string,
  track: readonly SoundClip[],
  file: string,
  options: SoundStageOptions,
): EncodeStage {
  const samples = track.reduce((sum, clip) => sum + clip.samples, 0);
  return soundStage(name, openTrack(track, options.files), { samples, file }, options);
}
