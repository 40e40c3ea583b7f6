import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readSettings } from '#lib/process/settings.ts';
import { startEmbeddedS3 } from './backing-services.ts';
import { readService } from './emulator/definition/service.ts';
import { createEmulator } from './emulator/emulator.ts';
import { interruption } from './interruption.ts';

/**
 * `npm run invoke -- FUNCTION EVENT [-o FILE]`: runs one function with one event, as the platform would, and prints
 * status and headers to standard error and the body to standard output or FILE. Starts an embedded S3 server that holds
 * the sample recording, unless S3_ENDPOINT names another.
 */
const USAGE = 'usage: npm run invoke -- FUNCTION EVENT.json [-o FILE]';

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** The destination of the body: a file, standard output, or nothing when a terminal would show bytes. */
function destination(file: string | undefined, contentType: string): Writable {
  if (file !== undefined) return createWriteStream(file);
  if (process.stdout.isTTY && contentType.startsWith('audio/')) {
    say('(audio is not written to a terminal: use -o FILE)');
    return new Writable({ write: (_chunk, _encoding, callback) => callback() });
  }
  return process.stdout;
}

async function invoke(functionName: string, eventFile: string, outputFile: string | undefined): Promise<void> {
  const service = await readService(fileURLToPath(new URL('../serverless.yml', import.meta.url)));
  const emulator = createEmulator({ service, limits: 'platform' });
  const event = JSON.parse(await readFile(eventFile, 'utf8')) as {
    readonly headers?: Readonly<Record<string, string>>;
  };
  // An open service answers only under its own names: here that of the event.
  const { host } = event.headers ?? {};
  if (host !== undefined) process.env['PUBLIC_URL'] ??= `https://${host}`;
  const startedAt = performance.now();
  const { statusCode, headers, body } = await emulator.invoke(functionName, event);
  const answeredAt = performance.now();
  say(`${statusCode}`);
  for (const [name, value] of Object.entries(headers)) say(`${name}: ${value}`);
  say('');
  await pipeline(body, destination(outputFile, String(headers['content-type'] ?? '')), {
    end: outputFile !== undefined,
  });
  say(`\nresponse after ${ms(answeredAt - startedAt)}, end after ${ms(performance.now() - startedAt)}`);
  await emulator.close();
}

function ms(duration: number): string {
  return `${duration.toFixed(0)} ms`;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { output: { type: 'string', short: 'o' } },
});
const [functionName, eventFile] = positionals;
if (functionName === undefined || eventFile === undefined) {
  say(USAGE);
  process.exit(2);
}

const { S3_ENDPOINT } = readSettings();
const interrupted = interruption();
const dataDir = await mkdtemp(join(tmpdir(), 'ffmpeg-functions-invoke-'));
const store =
  S3_ENDPOINT !== undefined
    ? undefined
    : await startEmbeddedS3({ environment: { ...process.env, DATA_DIR: dataDir, S3_PORT: '0' }, report: say });
try {
  if (store !== undefined) {
    Object.assign(process.env, { LOG_LEVEL: 'warn', ...store.settings });
  }
  await Promise.race([invoke(functionName, eventFile, values.output), interrupted]);
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
} finally {
  await store?.stop();
  await rm(dataDir, { recursive: true, force: true });
}
process.exit();
