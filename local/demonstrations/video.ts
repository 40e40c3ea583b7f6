import { mkdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createJobBar } from '../../client/cli/output/job-bar.ts';
import { openOutput } from '../../client/cli/output/output-file.ts';
import { storeFile } from '../s3/sample-store.ts';
import { type Demonstration, OUTPUT_FOLDER, type Stage, shellWord } from './demonstration.ts';

const clip = (name: string): URL => new URL(`../media/${name}`, import.meta.url);
const CLIPS = { wide: clip('wide.mp4'), tall: clip('tall.mp4') };

/** Joins parts of a wide and an upright clip into one film, with a still as its poster. */
export const VIDEO: Demonstration = {
  check: async () => undefined,
  show,
  next: `
next, in two terminals:

  npm start
      serves the same system on http://127.0.0.1:8090; the API is described at http://127.0.0.1:8090/docs

  npx ffn job submit examples/film.json --wait -o film.mp4
      uploads files of this machine, runs the job that the file describes, and downloads the film`,
};

async function show({ system, client: { jobs }, dataDir, say }: Stage): Promise<void> {
  const store = { endpoint: system.s3Endpoint, dataDir };
  const request = {
    inputs: { wide: await storeFile(CLIPS.wide, store), tall: await storeFile(CLIPS.tall, store) },
    steps: [{ op: 'concat', inputs: [{ input: 'wide', from: 0, to: 2 }, 'tall', { input: 'wide', from: 2 }] }],
    outputs: [
      { name: 'film', format: 'mp4', width: 640, height: 360, background: 'blur' },
      { name: 'poster', format: 'jpg', at: 3 },
    ],
  } as const;
  say(`POST ${system.url}/api/jobs\n  the beginning of a wide clip, an upright one, and the rest of the wide one`);
  const startedAt = performance.now();
  const submitted = await jobs.submit(request);
  const bar = createJobBar(process.stdout);
  const job = await jobs.wait(submitted.id, { onChange: bar.show }).finally(bar.end);
  if (job.result === null) {
    const log = await jobs.logs(submitted.id);
    throw new Error(`the job ${job.status}: ${job.error?.message ?? 'no reason'}\nits log:\n${log}`);
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  await mkdir(OUTPUT_FOLDER, { recursive: true });
  const files: string[] = [];
  for (const { name, format, url } of job.result.outputs) files.push(await download(url, `${name}.${format}`));
  const [film] = job.result.outputs;
  say(`
  film         ${film?.duration_seconds} s, ${film?.width} × ${film?.height}, ${film?.bytes} bytes
  took         ${seconds.toFixed(1)} s from the request to the result
  written to   ${files.map(shellWord).join(', ')}
  to see it    ffplay -autoexit ${shellWord(files[0] ?? '')}   (or mpv, VLC, a browser)`);
}

/** Returns the path of the file, as a shell in this folder needs it. */
async function download(url: string, name: string): Promise<string> {
  const path = join(OUTPUT_FOLDER, name);
  const response = await fetch(url);
  if (!response.ok || response.body === null) throw new Error(`${name} could not be fetched (${response.status})`);
  const file = openOutput(path);
  try {
    await pipeline(Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]), file.stream);
    await file.finish();
  } catch (error) {
    await file.abandon({ keep: false });
    throw error;
  }
  return relative(process.cwd(), path);
}
