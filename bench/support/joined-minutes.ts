import type { JobSystem } from '../../test/e2e/support/job-system.ts';
import { treeCpuSeconds } from './cpu.ts';
import { makeFilm } from './film.ts';
import type { Samples } from './row.ts';

const MINUTES = 10;
const MINUTE = { seconds: 60, size: '1920x1080' };

/**
 * Returns the processor time of a runner, with all its programs, to join ten one-minute films in 1080p: `ours` copies
 * them, `baseline` encodes them. Throws when a result was not made that way.
 */
export async function joinedMinutes(system: JobSystem, runner: { readonly pid: number }): Promise<Samples> {
  const film = await makeFilm(MINUTE);
  const names = Array.from({ length: MINUTES }, (_, index) => `minute${index}`);
  const inputs = Object.fromEntries(names.map((name) => [name, system.serve(`${name}.mp4`, film)]));

  async function cpuOf(output: object, treatment: string): Promise<number> {
    const before = treeCpuSeconds(runner.pid);
    const { id } = await system.submit({ inputs, steps: [{ op: 'concat', inputs: names }], output, cache: false });
    const { result } = await system.waitFor(id, 'completed', 3_600_000);
    const [made] = result?.outputs ?? [];
    const isWhole = Math.abs((made?.duration_seconds ?? 0) - MINUTES * MINUTE.seconds) < 0.05;
    if (made?.video !== treatment || !isWhole) throw new Error(`unexpected result: ${JSON.stringify(made)}`);
    return treeCpuSeconds(runner.pid) - before;
  }

  const ours = [await cpuOf({ format: 'mp4' }, 'copied')];
  return { ours, baseline: [await cpuOf({ format: 'mp4', quality: 'standard' }, 'encoded')] };
}
