import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { readService } from '../../../../local/emulator/definition/service.ts';
import { ServiceError } from '../../../../local/emulator/definition/yaml-object.ts';
import { FIXTURE } from '../fixture.ts';

async function serviceOf(t: TestContext, yaml: string, handlerFile = 'f.ts') {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'service-'));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(path.join(folder, handlerFile), '');
  const file = path.join(folder, 'serverless.yml');
  await writeFile(file, yaml);
  return { file, service: await readService(file).catch((error: unknown) => error) };
}

test('reads a function with its own values, else the provider’s, else the framework’s', async () => {
  const service = await readService(FIXTURE);
  const script = service.functions.get('script');
  assert.deepEqual(script, {
    name: 'script',
    file: path.join(path.dirname(FIXTURE), 'handlers/streaming.ts'),
    exportName: 'script',
    timeoutSeconds: 20,
    memorySize: 256,
    reservedConcurrency: undefined,
    hasUrl: true,
    invokeMode: 'RESPONSE_STREAM',
    schedules: [],
  });
  assert.equal(service.functions.get('waits')?.reservedConcurrency, 2);
  assert.equal(service.functions.get('echo')?.invokeMode, 'BUFFERED');
  assert.equal(service.functions.get('echo')?.memorySize, 1024);
});

test('gives a function six seconds when no timeout is set', async (t) => {
  const { service } = await serviceOf(t, 'functions: { f: { handler: f.handler } }');
  assert.ok(!(service instanceof Error));
  const definition = (service as Awaited<ReturnType<typeof readService>>).functions.get('f');
  assert.equal(definition?.timeoutSeconds, 6);
  assert.equal(definition?.hasUrl, false);
});

const schedules = {
  'schedule: rate(1 minute)': [{ everyMs: 60_000, input: undefined }],
  'schedule: rate(10 minutes)': [{ everyMs: 600_000, input: undefined }],
  'schedule: { rate: rate(2 hours), input: { a: 1 } }': [{ everyMs: 7_200_000, input: { a: 1 } }],
  'schedule: { rate: [rate(1 hour), rate(30 days)] }': [
    { everyMs: 3_600_000, input: undefined },
    { everyMs: 2_592_000_000, input: undefined },
  ],
  'schedule: { rate: rate(1 day), enabled: false }': [],
  'http: GET /a': [],
};

for (const [event, expected] of Object.entries(schedules)) {
  test(`reads the schedules of a function: ${event}`, async (t) => {
    const { service } = await serviceOf(t, `functions: { f: { handler: f.handler, events: [{ ${event} }] } }`);
    const definition = (service as Awaited<ReturnType<typeof readService>>).functions.get('f');
    assert.deepEqual(definition?.schedules, expected);
  });
}

for (const extension of ['.ts', '.mts', '.js', '.mjs', '.cjs']) {
  test(`finds a handler in a ${extension} file`, async (t) => {
    const { service } = await serviceOf(t, 'functions: { f: { handler: f.a.b } }', `f${extension}`);
    const definition = (service as Awaited<ReturnType<typeof readService>>).functions.get('f');
    assert.equal(path.extname(definition?.file ?? ''), extension);
    assert.equal(definition?.exportName, 'a.b');
  });
}

test('ignores CloudFormation tags without a warning', async (t) => {
  const warnings: Error[] = [];
  const listener = (warning: Error): void => void warnings.push(warning);
  process.on('warning', listener);
  t.after(() => process.off('warning', listener));
  const yaml =
    'provider: { environment: { A: !Ref B, C: !GetAtt D.E, F: !Sub "x", G: !Join [",", [a]] } }\nfunctions: {}';
  const { service } = await serviceOf(t, yaml);
  await new Promise(setImmediate);
  assert.ok(!(service instanceof Error));
  assert.deepEqual(warnings, []);
});

const mistakes = {
  'functions: { f: { handler: f.handler } }\ncustom: { functionUrls: { /a: g } }':
    /"custom\.functionUrls\.\/a" names the unknown function "g"/,
  'functions: { f: { handler: f.handler } }\ncustom: { functionUrls: { /a: f } }':
    /"custom\.functionUrls\.\/a" routes to "f", which has no "url"/,
  'functions: { f: { handler: f.handler, url: false } }\ncustom: { functionUrls: { /a: f } }': /which has no "url"/,
  'functions: { f: { handler: f.handler, url: true } }\ncustom: { functionUrls: { a: f } }':
    /"custom\.functionUrls" "a" does not start with "\/"/,
  'functions: { f: { handler: f.handler, url: true } }\ncustom: { functionUrls: { /a: 1 } }': /must name a function/,
  'functions: { f: { handler: g.handler } }': /"functions\.f\.handler" names no file: "g"/,
  'functions: { f: { handler: f } }': /"functions\.f\.handler" must look like/,
  'functions: { f: { handler: ../f.handler } }': /"functions\.f\.handler" must look like/,
  'functions: { f: {} }': /"functions\.f\.handler" must be a string/,
  'functions: { f: { handler: f.handler, timeout: "${x}" } }': /"functions\.f\.timeout" must be a number/,
  'functions: { f: { handler: f.handler, url: { invokeMode: FAST } } }':
    /"functions\.f\.url\.invokeMode" must be BUFFERED or RESPONSE_STREAM/,
  'functions: { f: { handler: f.handler, events: [{ schedule: cron(0 * * * ? *) }] } }':
    /"functions\.f\.events\.0\.schedule" must look like "rate\(5 minutes\)"; cron expressions are not emulated/,
  'functions: { f: { handler: f.handler, events: [{ schedule: rate(1 minutes) }] } }': /must look like "rate/,
  'functions: { f: { handler: f.handler, events: [{ schedule: rate(0 hours) }] } }': /must look like "rate/,
  'functions: { f: { handler: f.handler, events: [{ http: x }, { schedule: { rate: [rate(1 day), 5] } }] } }':
    /"functions\.f\.events\.1\.schedule\.rate\.1" must look like "rate/,
  'functions: { f: { handler: f.handler, events: [{ schedule: { rate: rate(1 day), inputPath: $.a } }] } }':
    /"functions\.f\.events\.0\.schedule\.inputPath" is not emulated/,
  'functions: { f: { handler: f.handler, events: { schedule: rate(1 day) } } }':
    /"functions\.f\.events" must be a list/,
  'functions: []': /"functions" must be an object/,
  'functions: [': /is not YAML/,
};

for (const [yaml, message] of Object.entries(mistakes)) {
  test(`reports an error with its file and key: ${yaml.replaceAll('\n', ' ')}`, async (t) => {
    const { file, service } = await serviceOf(t, yaml);
    assert.ok(service instanceof ServiceError);
    assert.match(service.message, message);
    assert.ok(service.message.startsWith(`${file}: `));
  });
}

test('names a file that does not exist', async () => {
  await assert.rejects(readService('/nowhere/serverless.yml'), /\/nowhere\/serverless\.yml: cannot be read/);
});
