import { cpuOfSides } from '../support/cpu-sides.ts';
import { assertDelivers } from '../support/delivered.ts';
import { byService, oldWay, PLAIN } from '../support/plays.ts';
import { startRig } from '../support/rig.ts';
import { defineRow, type Samples } from '../support/row.ts';

/** Number of parallel requests: one takes too little CPU time to measure. */
const AT_ONCE = 10;
const SHAPE = ['-ar', '48000', '-ac', '2'];
/** PCM is not passed through: that costs as much as decoding a WAV. */
type Format = 'opus' | 'aac';
/** The first track in the requested format, in the usual container. */
const SOURCES: Readonly<Record<Format, { readonly name: string; readonly options: readonly string[] }>> = {
  opus: { name: 'music.opus', options: [...SHAPE, '-c:a', 'libopus', '-b:a', '96k'] },
  aac: { name: 'music.aac', options: [...SHAPE, '-c:a', 'aac', '-b:a', '128k'] },
};
const FORMATS = Object.keys(SOURCES) as Format[];

export const PASSTHROUGH = defineRow({
  name: 'passthrough',
  title: 'processor time where the source already has the requested format',
  specification: '–',
  rounds: 5,
  lines: {
    opus: { unit: 's', at: 'p50', target: { of: 'ratio', relation: '≤', value: 0.05 } },
    aac: { unit: 's', at: 'p50', target: { of: 'ratio', relation: '≤', value: 0.05 } },
  },
  async measure({ rounds, ffmpegs, music }) {
    const files = await Promise.all(
      FORMATS.map((format) => music.recoded(SOURCES[format].name, SOURCES[format].options)),
    );
    await using rig = await startRig({ files, database: true });
    /** Uses a different source for each stream, so that no response comes from the cache. */
    const measure = async (format: Format): Promise<Samples> => {
      const url = () => rig.freshUrl(FORMATS.indexOf(format));
      const asked = () => byService(rig.host.url, { source_url: url(), output_format: format });
      const command = () => oldWay(ffmpegs.distribution, { url: url(), output: PLAIN[format] });
      await assertDelivers(rig.orchestrator, asked(), { format, seconds: music.seconds });
      const { whole } = await cpuOfSides(rig, {
        rounds,
        baseline: () => Array.from({ length: AT_ONCE }, command),
        ours: () => Array.from({ length: AT_ONCE }, asked),
      });
      return whole;
    };
    return { samples: { opus: await measure('opus'), aac: await measure('aac') } };
  },
});
