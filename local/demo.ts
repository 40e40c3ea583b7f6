import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient } from '../client/published.ts';
import { demonstrateAudio } from './demonstrations/audio.ts';
import type { Demonstration } from './demonstrations/demonstration.ts';
import { VIDEO } from './demonstrations/video.ts';
import { interruption } from './interruption.ts';
import { SAMPLE } from './s3/sample-recording.ts';
import { startSystem } from './system.ts';

/**
 * `npm run demo [-- FILE]` transcodes a recording, `npm run demo -- video` makes a film: each starts the whole system on
 * free ports, does its work through the client, writes the result to `out/`, and stops everything.
 */
const [subject = fileURLToPath(SAMPLE)] = process.argv.slice(2);
/** The first request to a cold system on a busy machine takes longer than the client's defaults allow. */
const TIMEOUTS = { firstAudioMs: 20_000, silenceMs: 20_000, behindMs: 20_000, giveUpMs: 30_000 };

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function demonstrate(demonstration: Demonstration, dataDir: string): Promise<void> {
  const interrupted = interruption();
  await demonstration.check();
  say('starting the system: the host with its functions, PostgreSQL and an S3 server');
  const environment = {
    ...process.env,
    DATA_DIR: dataDir,
    PORT: '0',
    S3_PORT: '0',
    PGPORT: '0',
    LOG_LEVEL: 'warn',
    S3_ENDPOINT: '',
    DATABASE_URL: '',
    RUNNER_KINDS: subject === 'video' ? 'jobs' : '',
  };
  const system = await startSystem({ environment, report: say });
  const client = createClient({ baseUrl: system.url, fallback: false, timeouts: TIMEOUTS, log: { warn() {} } });
  try {
    await Promise.race([demonstration.show({ system, client, dataDir, say }).catch(failed), interrupted]);
  } finally {
    client.close();
    const clean = await system.stop();
    say(clean ? '\nstopped' : '\nstopped, but not cleanly');
    if (!clean) process.exitCode = 1;
  }
  say(demonstration.next);
}

function failed(cause: Error): never {
  const work = subject === 'video' ? 'making the film' : `transcoding ${subject}`;
  throw new Error(`${work} failed: ${cause.message}`, { cause });
}

const dataDir = await mkdtemp(join(tmpdir(), 'ffmpeg-functions-demo-'));
try {
  await demonstrate(subject === 'video' ? VIDEO : demonstrateAudio(subject), dataDir);
} catch (error) {
  say(`\nthe demo stopped early: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
} finally {
  await rm(dataDir, { recursive: true, force: true });
}
