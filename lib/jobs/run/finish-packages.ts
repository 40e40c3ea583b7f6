import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mp4Fragments } from '#lib/containers/mp4-fragments.ts';
import { AppError } from '#lib/errors.ts';
import { type CutFile, mediaFile, playlistsOf } from '#lib/jobs/packages/playlists.ts';
import type { JobPlan, PlannedPackage } from '#lib/jobs/plan/job-plan.ts';
import { placesOf } from '#lib/jobs/plan/planned-files.ts';
import type { FinishedFile } from './deliver.ts';
import type { FinishedPackage } from './deliver-package.ts';
import { readFragments } from './read-fragments.ts';
import type { Scratch } from './scratch.ts';

/**
 * Returns the outputs of a plan: single files as they are, packages with their playlists, which it writes. `files` are
 * those of `filesOf`. Throws FFMPEG_ERROR `{reason: 'unexpected_result'}` for sizes that are not cut at the same frames.
 */
export async function finishPackages(
  plan: Pick<JobPlan, 'outputs'>,
  files: readonly FinishedFile[],
  scratch: Pick<Scratch, 'path'>,
): Promise<(FinishedFile | FinishedPackage)[]> {
  const places = placesOf(plan);
  const outputs: (FinishedFile | FinishedPackage)[] = [];
  for (const [number, planned] of plan.outputs.entries()) {
    const own = places[number]?.flatMap((place) => files[place] ?? []) ?? [];
    if (planned.kind === 'package') outputs.push(await packageOf({ planned, number, files: own }, scratch));
    else outputs.push(...own);
  }
  return outputs;
}

type Parts = { readonly planned: PlannedPackage; readonly number: number; readonly files: readonly FinishedFile[] };

async function packageOf({ planned, number, files }: Parts, scratch: Pick<Scratch, 'path'>): Promise<FinishedPackage> {
  const cut: (CutFile & { readonly file: string })[] = [];
  for (const { planned: part, file } of files) {
    if ('packaged' in part) cut.push({ planned: part, file, layout: await readFragments(file, scratch) });
  }
  requireSameCuts(cut);
  const texts = playlistsOf(planned, cut).map(({ name, text }) => ({ name, text, file: `package-${number}-${name}` }));
  for (const { file, text } of texts) await writeFile(join(scratch.path, 'outputs', file), text);
  const media = cut.map(({ planned: part, file }) => ({ name: mediaFile(part), file, kind: part.kind }));
  return { planned, files: [...texts.map(({ name, file }) => ({ name, file, kind: planned.format })), ...media] };
}

function requireSameCuts(files: readonly CutFile[]): void {
  const films = files.filter(({ planned }) => planned.kind === 'film');
  const cuts = new Set(films.map(({ layout }) => cutsOf(layout)));
  if (cuts.size <= 1) return;
  const message = 'the sizes of a package are not cut at the same frames';
  throw new AppError('FFMPEG_ERROR', { reason: 'unexpected_result', phase: 'encoding' }, { message });
}

function cutsOf({ fragments }: Mp4Fragments): string {
  return fragments.map(({ samples }) => samples).join(' ');
}
