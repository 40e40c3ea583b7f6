import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createMediaFolder, tone } from '../../test/support/media.ts';
import { runCampaign } from './campaign.ts';
import { readCases } from './case-folder.ts';
import { makeCorpus } from './corpus.ts';
import { startEnvironment } from './environment.ts';
import { prepareTarget } from './host-target.ts';
import { keepPlaying } from './live-anchors.ts';
import { runCase } from './run-case.ts';
import { tallyText } from './tally.ts';

/**
 * `npm run test:long -- fuzz [--minutes N --seed S --ffmpeg FILE]`: sends damaged media and requests to the whole service
 * on this machine. `npm run test:long -- fuzz --replay FOLDER` repeats the findings. docs/reference/fuzz.md lists the
 * expectations.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '2' },
    seed: { type: 'string' },
    ffmpeg: { type: 'string' },
    replay: { type: 'string' },
  },
});
/** Length of each file: in shorter files, ffmpeg itself takes TrueHD in MPEG-TS for MP3. */
const CORPUS_SECONDS = 0.8;
const WORKERS = { request: 12, media: 8 };
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const minutes = Number(values.minutes);
const { ffmpeg } = values;
if (!(minutes > 0) || !Number.isInteger(seed)) {
  console.error('--minutes must be a number above 0, --seed a whole number');
  process.exit(2);
}

const sound = await soundOf();
process.exitCode = values.replay === undefined ? await fuzz() : await replay(values.replay);

/** A second of a tone. */
async function soundOf(): Promise<Buffer> {
  await using media = await createMediaFolder();
  return await media.make('sound.wav', tone(440, 1));
}

/** Returns 0 without findings, else 1. */
async function fuzz(): Promise<number> {
  const folder = resolve('out', 'fuzz', `${new Date().toISOString().replaceAll(/[:.]/g, '-')}-${seed}`);
  const corpus = await makeCorpus({ seconds: CORPUS_SECONDS });
  console.log(`seed ${seed}, ${minutes} min, ${corpus.size} files, ${ffmpeg ?? 'the host’s ffmpeg'}`);
  await using environment = await startEnvironment({ sound, ffmpeg });
  const isOver = (_: unknown, __: number, ms: number): boolean => ms > minutes * 60_000;
  const result = await runCampaign({ environment, corpus, seed, isOver, workers: WORKERS, folder });
  const { tally, findings, seconds, memory } = result;
  console.log(tallyText(tally, seconds));
  const megabytes = [memory.before, memory.largest, memory.after].map((bytes) => (bytes / 1e6).toFixed(0));
  console.log(`host memory: ${megabytes[0]} MB at the start, ${megabytes[1]} at most, ${megabytes[2]} at the end`);
  if (findings.length === 0) {
    console.log('no findings');
    return 0;
  }
  mkdirSync(folder, { recursive: true });
  for (const { offence, times, folders } of findings) console.log(`\n${times} × ${offence}\n  ${folders.join('\n  ')}`);
  console.log(`\n${findings.length} findings; to repeat them: npm run test:long -- fuzz --replay ${folder}`);
  return 1;
}

/** Returns 0 when there are no findings any more. */
async function replay(folder: string): Promise<number> {
  const cases = await readCases(folder);
  await using environment = await startEnvironment({ sound, ffmpeg });
  await using anchors = keepPlaying(environment.host, `${environment.sources.origin}/live`);
  const { target } = await prepareTarget(environment, () => anchors.id());
  let found = 0;
  for (const fuzzCase of cases) {
    const { exchange, offences } = await runCase(fuzzCase, target, { decodes: true, looksUp: true });
    const status = exchange.kind === 'answered' ? exchange.status : exchange.kind;
    console.log(
      `${fuzzCase.kind}-${fuzzCase.seed} (${fuzzCase.label}): ${status} in ${(exchange.ms / 1_000).toFixed(1)} s`,
    );
    for (const offence of offences) console.log(`  ${offence}`);
    found += offences.length === 0 ? 0 : 1;
  }
  console.log(`${found} of ${cases.length} cases have findings`);
  return found === 0 ? 0 : 1;
}
