import type { JobPlan } from '#lib/jobs/plan/job-plan.ts';
import { DECLICK_SAMPLES, fade } from './fades.ts';
import { openClip } from './inputs.ts';
import { bedFile } from './open-layers.ts';
import { soundChain } from './sound-chain.ts';
import { type SoundStageOptions, soundStage } from './sound-stage.ts';
import type { EncodeStage } from './stage.ts';

type Layers = Pick<JobPlan['mix'], 'layers'>;

/**
 * Returns the stages that write each sound that is repeated once, not compressed: only so it is repeated exactly, and
 * without opening its input anew. It fades for a moment at its ends, so that no joint clicks.
 */
export function bedStages({ layers }: Layers, options: SoundStageOptions): EncodeStage[] {
  return layers.flatMap(({ step, added }) => {
    if (added?.bed == null) return [];
    const { source, bed } = added;
    const { args, offset } = openClip({ ...source, picture: null }, options.files.get(source.input) ?? '');
    const { samples, times } = bed;
    const short = Math.min(DECLICK_SAMPLES, Math.floor(samples / 4));
    const filters = [
      `[0:${source.stream}]${soundChain({ offset, samples, isMono: source.isMono })}`,
      'asetpts=N',
      ...(short > 0 ? [fade('in', 0, short), fade('out', samples - short, short)] : []),
      ...(times > 1 ? [`aloop=loop=${times - 1}:size=${samples}`] : []),
    ].join(',');
    const opened = { inputs: args, opened: 1, chains: [filters], used: [source.input] };
    return [
      soundStage(`sound of step ${step + 1}`, opened, { samples: samples * times, file: bedFile(step) }, options),
    ];
  });
}
