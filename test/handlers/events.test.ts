import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { decode, secondsOf } from '../support/audio.ts';
import { runCommand } from '../support/command.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

/** Seconds of the sample recording that the events name. */
const SAMPLE_SECONDS = 24.73;

type Expectation = { readonly function: string; readonly status: number; check(file: string): void | Promise<void> };

const json = (file: string) => JSON.parse(readFileSync(file, 'utf8'));

async function assertSeconds(file: string, seconds: number): Promise<void> {
  const measured = secondsOf(await decode(file));
  assert.ok(Math.abs(measured - seconds) < 0.05, `${measured} s instead of ${seconds} s`);
}

/** What each sample event is answered with. */
const EXPECTED: Readonly<Record<string, Expectation>> = {
  'transcode.json': { function: 'transcode', status: 200, check: (file) => assertSeconds(file, SAMPLE_SECONDS / 1.25) },
  'transcode-get.json': { function: 'transcode', status: 200, check: (file) => assertSeconds(file, SAMPLE_SECONDS) },
  'transcode-invalid.json': {
    function: 'transcode',
    status: 422,
    check: (file) => assert.equal(json(file).code, 'FILTER_INVALID'),
  },
  'health.json': {
    function: 'health',
    status: 200,
    check: (file) => assert.equal(json(file).checks.ffmpeg.status, 'ok'),
  },
  'health-ready.json': {
    function: 'health',
    status: 200,
    check: (file) => assert.deepEqual(json(file), { status: 'ok' }),
  },
  'metrics.json': {
    function: 'metrics',
    status: 200,
    check: (file) => assert.match(readFileSync(file, 'utf8'), /^concurrency_limit 50$/m),
  },
  'openapi.json': { function: 'openapi', status: 200, check: (file) => assert.equal(json(file).openapi, '3.1.0') },
  'openapi-docs.json': {
    function: 'openapi',
    status: 200,
    check: (file) => assert.match(readFileSync(file, 'utf8'), /<h1>ffmpeg-functions/),
  },
};

test('every sample event is expected here', () => {
  assert.deepEqual(readdirSync('events').toSorted(), Object.keys(EXPECTED).toSorted());
});

for (const [event, expected] of Object.entries(EXPECTED)) {
  test(`npm run invoke -- ${expected.function} events/${event} answers ${expected.status}`, async () => {
    using folder = scratchFolder();
    const output = folder.file('answer');
    await using command = runCommand('invoke.ts', [expected.function, `events/${event}`, '-o', output]);
    assert.deepEqual(await command.exited, { code: 0, signal: null }, command.printed());
    assert.match(command.printed(), new RegExp(`^${expected.status}$`, 'm'));
    await expected.check(output);
  });
}

test('invoke tells an unknown function', async () => {
  await using command = runCommand('invoke.ts', ['nothing', 'events/health.json']);
  assert.equal((await command.exited).code, 1);
  assert.match(command.printed(), /No function "nothing"/);
});
