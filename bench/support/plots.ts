import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { growthPlot } from './growth-plot.ts';
import { ratioPlot } from './ratio-plot.ts';
import { readResults } from './results.ts';

const IMAGES_FOLDER = fileURLToPath(new URL('../../docs/images', import.meta.url));

/** Draws the results of a folder. Returns the files. */
export async function drawPlots(resultsFolder: string, imagesFolder = IMAGES_FOLDER): Promise<string[]> {
  const results = await readResults(resultsFolder);
  await mkdir(imagesFolder, { recursive: true });
  const growth = results.find(({ row }) => row === 'growth');
  const plots = [
    { name: 'performance.svg', svg: ratioPlot(results) },
    ...(growth === undefined ? [] : [{ name: 'growth.svg', svg: growthPlot(growth) }]),
  ];
  return await Promise.all(
    plots.map(async ({ name, svg }) => {
      const file = join(imagesFolder, name);
      await writeFile(file, svg);
      return file;
    }),
  );
}
