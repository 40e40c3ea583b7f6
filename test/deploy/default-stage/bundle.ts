import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { S3_CREDENTIALS, startS3Server } from '../../lib/sources/support/s3-server.ts';
import { decode, secondsOf } from '../../support/audio.ts';
import { FFMPEG } from '../../support/ffmpeg.ts';
import { startHttpSource } from '../../support/http-source.ts';
import { createMediaFolder, twoTones } from '../../support/media.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';
import { unzip } from '../../support/unzip.ts';
import { packaged } from './package.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const INVOKER = fileURLToPath(new URL('../fixtures/invoke-unpacked.ts', import.meta.url));
const LARGEST_ZIP_BYTES = 1.5 * 1_048_576;
const LONGEST_ANSWER_BYTES = 64 * 1_048_576;

type Functions = Readonly<Record<string, { handler: string; url?: true | { invokeMode: string } }>>;
const functions: Functions = parse(readFileSync(join(ROOT, 'serverless.yml'), 'utf8'), { logLevel: 'error' }).functions;

const run = promisify(execFile);
const scratch = scratchFolder();
after(() => scratch[Symbol.dispose]());

/** Unpacks the zip of a function in a folder without other code. */
async function unpack(name: string) {
  const { handler, url } = functions[name] ?? assert.fail(`there is no function ${name}`);
  const zip = (await packaged()).copy.file(`${name}.zip`);
  const folder = scratch.file(name);
  const files = await unzip(zip, folder);
  const invokeMode = typeof url === 'object' ? url.invokeMode : 'BUFFERED';
  return { folder, files, zippedBytes: statSync(zip).size, handler, invokeMode };
}

const EVENTS_URL = 'https://abcdefghijklmnopqrstuvwxyz012345.lambda-url.eu-central-1.on.aws';

type Unpacked = Awaited<ReturnType<typeof unpack>>;
type Answer = { readonly status: number; readonly body: Buffer };

/** Returns the response of the unpacked function to an event. */
async function invoke(unpacked: Unpacked, eventFile: string, environment: NodeJS.ProcessEnv = {}): Promise<Answer> {
  const [answer = assert.fail()] = await invokeInTurn(unpacked, [eventFile], environment);
  return answer;
}

/** Returns the responses of one instance of the unpacked function to events. */
async function invokeInTurn(
  { folder, handler, invokeMode }: Unpacked,
  eventFiles: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<Answer[]> {
  // An unpacked function has no layer, and the layer's ffmpeg starts ten times as fast as that of a distribution.
  const { PATH, FFMPEG_PATH = FFMPEG } = process.env;
  const { stdout } = await run(process.execPath, [INVOKER, folder, handler, invokeMode, ...eventFiles], {
    cwd: folder,
    // An open service answers only under its own names: here that of the events.
    env: {
      ...{ PATH, FFMPEG_PATH, LOG_LEVEL: 'silent', PUBLIC_URL: EVENTS_URL },
      // The invoker is stripped once; the cache of the project must not fill with these bundles.
      NODE_COMPILE_CACHE: scratch.file('compiled'),
      ...environment,
    },
    encoding: 'buffer',
    maxBuffer: LONGEST_ANSWER_BYTES,
  });
  const answers: Answer[] = [];
  for (let rest = stdout; rest.length > 0; ) {
    const line = rest.indexOf('\n');
    const [status = 0, length = 0] = rest.subarray(0, line).toString().split(' ').map(Number);
    answers.push({ status, body: rest.subarray(line + 1, line + 1 + length) });
    rest = rest.subarray(line + 1 + length);
  }
  return answers;
}

/** The response of each function to a sample event, without a database, bucket or secret. */
const ANSWERS: Readonly<Record<string, readonly [event: string, status: number]>> = {
  transcodes: ['transcodes', 200],
  'transcode-events': ['transcode-events', 404],
  jobs: ['jobs', 503],
  'job-worker': ['job-worker', 200],
  'job-events': ['job-events', 503],
  // It has no bucket to read the recording from.
  'job-preview': ['job-preview', 403],
  probe: ['probe', 403],
  health: ['health', 200],
  metrics: ['metrics', 200],
  token: ['token', 503],
  keys: ['keys-list', 503],
  usage: ['usage', 200],
  encoders: ['encoders', 200],
  uploads: ['uploads', 503],
  callbacks: ['callbacks-secret', 503],
  openapi: ['openapi-docs', 200],
  maintenance: ['maintenance', 200],
};

describe('the bundle', () => {
  for (const [name, [event, status]] of Object.entries(ANSWERS)) {
    it(`of ${name} is small, and works without other code`, async () => {
      const unpacked = await unpack(name);
      assert.ok(unpacked.zippedBytes < LARGEST_ZIP_BYTES, `${unpacked.zippedBytes} bytes`);
      const answer = await invoke(unpacked, join(ROOT, 'events', `${event}.json`));
      assert.equal(answer.status, status, answer.body.toString());
    });
  }

  it('of transcode is at most 1.5 MB, and streams audio', async () => {
    const unpacked = await unpack('transcode');
    assert.ok(unpacked.zippedBytes < LARGEST_ZIP_BYTES, `${unpacked.zippedBytes} bytes`);
    await using media = await createMediaFolder();
    const bytes = await media.make('a.mp3', twoTones(3));
    await using source = await startHttpSource((_request, response) => response.end(bytes));
    const sample = JSON.parse(readFileSync(join(ROOT, 'events/transcode.json'), 'utf8'));
    const body = JSON.stringify({ source_url: `${source.origin}/a.mp3`, output_format: 'opus' });
    writeFileSync(scratch.file('event.json'), JSON.stringify({ ...sample, body }));
    const answer = await invoke(unpacked, scratch.file('event.json'), { SOURCE_ALLOWED_NETWORKS: source.network });
    assert.equal(answer.status, 200, answer.body.toString());
    writeFileSync(scratch.file('a.opus'), answer.body);
    const seconds = secondsOf(await decode(scratch.file('a.opus')));
    assert.ok(Math.abs(seconds - 3) < 0.1, `${seconds} s`);
  });

  it('of jobs reads a large body in a thread of its own', async () => {
    const unpacked = await unpack('jobs');
    const sample = JSON.parse(readFileSync(join(ROOT, 'events/jobs-submit.json'), 'utf8'));
    const valid = JSON.parse(sample.body);
    const answerTo = async (fields: object) => {
      writeFileSync(
        scratch.file('event.json'),
        JSON.stringify({ ...sample, body: JSON.stringify({ ...valid, ...fields }) }),
      );
      const { status, body } = await invoke(unpacked, scratch.file('event.json'));
      return [status, JSON.parse(body.toString()).code];
    };
    const inputs = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`a${index}`, 'a'.repeat(8_000)]));
    assert.deepEqual(await answerTo({ inputs, base: 'a0' }), [503, 'UNAVAILABLE']);
    assert.deepEqual(await answerTo({ inputs, base: 'b' }), [422, 'VALIDATION_ERROR']);
  });

  it('of openapi serves the scripts and stylesheets of its page', async () => {
    const unpacked = await unpack('openapi');
    const sample = JSON.parse(readFileSync(join(ROOT, 'events/openapi-docs.json'), 'utf8'));
    const get = async (paths: readonly string[]): Promise<string[]> => {
      const events = paths.map((path, index) => {
        const http = { ...sample.requestContext.http, path };
        const event = { ...sample, rawPath: path, requestContext: { ...sample.requestContext, http } };
        writeFileSync(scratch.file(`event-${index}.json`), JSON.stringify(event));
        return scratch.file(`event-${index}.json`);
      });
      const answers = await invokeInTurn(unpacked, events);
      assert.equal(answers.length, paths.length);
      for (const [index, { status, body }] of answers.entries()) assert.equal(status, 200, `${paths[index]}: ${body}`);
      return answers.map(({ body }) => body.toString());
    };
    const [page = ''] = await get(['/docs']);
    const [, folder = ''] = /"(docs\/assets\/[^/"]+)\//.exec(page) ?? [];
    const [start, theme] = await get([`/${folder}/start.js`, `/${folder}/theme.css`]);
    const named = Array.from(`${page}${start}${theme}`.matchAll(/["'/]([\w-]+\.(?:js|css))["']/g), ([, name]) => name);
    const files = new Set(named);
    assert.equal(files.size, 11);
    const bodies = await get([...files].map((file) => `/${folder}/${file}`));
    assert.ok(bodies.every((body) => body !== ''));
  });

  it('of uploads loads the signing code only on use, and signs with the credentials of its role', async () => {
    const unpacked = await unpack('uploads');
    const before = staticImports(unpacked.folder, 'handlers/uploads.mjs');
    const sdk = unpacked.files.filter(({ path }) => isSdk(join(unpacked.folder, path)));
    assert.equal(sdk.length, 1);
    assert.deepEqual(
      before.filter((path) => isSdk(join(unpacked.folder, path))),
      [],
    );
    // It looks into the bucket for what the caller already stores.
    await using s3 = await startS3Server(['media']);
    const { status, body } = await invoke(unpacked, join(ROOT, 'events/uploads.json'), {
      S3_BUCKET: 'media',
      S3_ENDPOINT: s3.options.endpoint,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: S3_CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: S3_CREDENTIALS.secretAccessKey,
      AWS_SESSION_TOKEN: 'token-of-the-role',
    });
    assert.equal(status, 201, body.toString());
    const url = new URL(JSON.parse(body.toString()).url);
    assert.equal(url.origin, s3.options.endpoint);
    assert.equal(url.searchParams.get('X-Amz-Security-Token'), 'token-of-the-role');
    assert.ok(url.searchParams.get('X-Amz-Credential')?.startsWith(`${S3_CREDENTIALS.accessKeyId}/`));
  });

  it('of each function is tested here', () => {
    assert.deepEqual([...Object.keys(ANSWERS), 'transcode'].toSorted(), Object.keys(functions).toSorted());
  });

  it('keeps the names of the source in stack traces', async () => {
    const unpacked = await unpack('health');
    await assert.rejects(invoke(unpacked, join(ROOT, 'events/health.json'), { PORT: 'none' }), (error) => {
      assert.match(String((error as { stderr?: Buffer }).stderr), /PORT must be a number\s+at loadConfig /);
      return true;
    });
  });
});

/** Text of the S3 client, as the bundler leaves it. */
function isSdk(file: string): boolean {
  return readFileSync(file, 'utf8').includes('S3ExpressIdentity');
}

/** Returns the modules that are loaded with a module, including itself. */
function staticImports(folder: string, path: string, found = new Set<string>()): string[] {
  if (found.has(path)) return [...found];
  found.add(path);
  const text = readFileSync(join(folder, path), 'utf8');
  for (const [, specifier = ''] of text.matchAll(/(?:from|import)\s*"(\.[^"]+\.mjs)"/g)) {
    staticImports(folder, join(path, '..', specifier), found);
  }
  return [...found];
}
