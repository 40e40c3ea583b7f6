import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { loadConfig } from '#lib/config.ts';
import { bundleFunction } from '../../deploy/bundle.ts';
import { folderEntries } from '../../deploy/folder-entries.ts';
import { writeZip } from '../../deploy/zip.ts';
import { type Copy, copyProject, packageCopy } from '../deploy/support/package-copy.ts';
import { allowed, ofType, properties, type Template } from '../deploy/support/template.ts';
import { scratchFolder } from '../support/scratch-folder.ts';
import { unzip } from '../support/unzip.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PARAMETERS = {
  xray: 'true',
  transcodes: 'none',
  'event-streams': '7',
  sweeps: 'none',
  'source-buckets': 'music,more-music',
  'database-url': 'none',
  'jwks-url': 'https://id.example/keys',
  'jwt-issuer': 'https://id.example',
  'jwt-audience': 'ffmpeg-functions',
  'cors-origins': 'https://a.example,https://b.example',
  'subnet-ids': 'subnet-1,subnet-2',
  'security-group-ids': 'sg-1',
};

/** The functions whose code is looked at here. The others are packaged with their code in default-stage.conformance.ts. */
const BUNDLED = ['transcode', 'maintenance'];

let copy: Copy;
let template: Template;
before(async () => {
  copy = copyProject();
  const handlers = join(copy.folder, 'handlers');
  for (const file of readdirSync(handlers)) {
    const isBundled = BUNDLED.some((name) => file === `${name}.ts`);
    if (!isBundled) writeFileSync(join(handlers, file), 'export const handler = () => undefined;\n');
  }
  const parameters = Object.entries(PARAMETERS).flatMap(([name, value]) => ['--param', `${name}=${value}`]);
  const { code, printed } = await packageCopy(copy, {
    args: ['--stage', 'prod', ...parameters],
    environment: { TZ: 'Pacific/Auckland' },
  });
  assert.equal(code, 0, printed);
  template = copy.template();
});
after(() => copy[Symbol.dispose]());

function environmentOf(functionName: string): Record<string, unknown> {
  return properties(template, `${functionName}LambdaFunction`)['Environment'].Variables;
}

describe('another stage', () => {
  it('has its own names, limits and retention', () => {
    for (const [name, { FunctionName, ReservedConcurrentExecutions }] of ofType(template, 'AWS::Lambda::Function')) {
      assert.match(FunctionName, /^ffmpeg-functions-prod-/);
      if (name === 'TranscodeLambdaFunction') assert.equal(ReservedConcurrentExecutions, undefined);
      if (name === 'TranscodeDasheventsLambdaFunction') assert.equal(ReservedConcurrentExecutions, 7);
    }
    for (const [, { RetentionInDays }] of ofType(template, 'AWS::Logs::LogGroup')) assert.equal(RetentionInDays, 90);
    for (const [, { LayerName }] of ofType(template, 'AWS::Lambda::LayerVersion')) {
      assert.match(LayerName, /^ffmpeg-functions-prod-/);
    }
  });

  it('keeps its private bucket, and deletes the objects in it after a while', () => {
    const { DeletionPolicy } = template.Resources['UploadsBucket'] ?? {};
    assert.equal(DeletionPolicy, 'Retain');
    const bucket = properties(template, 'UploadsBucket');
    assert.deepEqual(Object.values(bucket['PublicAccessBlockConfiguration']), [true, true, true, true]);
    const [{ ServerSideEncryptionByDefault }] = bucket['BucketEncryption'].ServerSideEncryptionConfiguration;
    assert.equal(ServerSideEncryptionByDefault.SSEAlgorithm, 'AES256');
    const [givenUp, old] = bucket['LifecycleConfiguration'].Rules;
    assert.deepEqual(givenUp.AbortIncompleteMultipartUpload, { DaysAfterInitiation: 1 });
    assert.equal(old.ExpirationInDays, 30);
    const [uploading, playing] = bucket['CorsConfiguration'].CorsRules;
    assert.deepEqual([uploading.AllowedMethods, playing.AllowedMethods], [['PUT'], ['GET', 'HEAD']]);
    assert.deepEqual(playing.AllowedHeaders, ['range']);
    for (const { AllowedOrigins } of [uploading, playing]) {
      assert.deepEqual(AllowedOrigins, { 'Fn::Split': [',', 'https://a.example,https://b.example'] });
    }
    const [statement] = properties(template, 'UploadsBucketPolicy')['PolicyDocument'].Statement;
    assert.equal(statement.Effect, 'Deny');
    assert.deepEqual(statement.Condition, { Bool: { 'aws:SecureTransport': false } });
    assert.deepEqual(template.Outputs['UploadsBucketName']?.Value, { Ref: 'UploadsBucket' });
  });

  it('lets only the role of transcode read the source buckets', () => {
    const objects = ['music', 'more-music'].map((name) => ({ 'Fn::Sub': `arn:\${AWS::Partition}:s3:::${name}/*` }));
    const reading = (name: string) =>
      allowed(template, name).filter(([, resources]) => JSON.stringify(resources) === JSON.stringify(objects));
    assert.deepEqual(reading('Transcode'), [[['s3:GetObject'], objects]]);
    for (const name of ['Health', 'Uploads', 'Maintenance']) assert.deepEqual(reading(name), []);
    assert.equal(environmentOf('Transcode')['SOURCE_BUCKETS'], 'music,more-music');
  });

  it('supports tracing and a private network, with only the additional permissions for them', () => {
    for (const [name, { TracingConfig, VpcConfig }] of ofType(template, 'AWS::Lambda::Function')) {
      assert.deepEqual(TracingConfig, { Mode: 'Active' }, name);
      assert.deepEqual(VpcConfig, { SubnetIds: ['subnet-1', 'subnet-2'], SecurityGroupIds: ['sg-1'] }, name);
      const everywhere = allowed(template, name.replace(/LambdaFunction$/, ''))
        .filter(([, resources]) => resources.includes('*'))
        .flatMap(([actions]) => actions);
      assert.deepEqual(new Set(everywhere.map((action) => action.split(':')[0])), new Set(['xray', 'ec2']));
    }
  });
});

describe('the environment on the platform', () => {
  it('reads secrets from Secrets Manager, and leaves out unset ones', () => {
    const { JWT_SECRET, DATABASE_URL, JWKS_URL } = environmentOf('Transcode');
    assert.equal(JWT_SECRET, '{{resolve:secretsmanager:ffmpeg-functions/prod:SecretString:JWT_SECRET}}');
    assert.equal(DATABASE_URL, undefined);
    assert.equal(JWKS_URL, 'https://id.example/keys');
    assert.equal(environmentOf('Maintenance')['JWT_SECRET'], undefined);
  });

  it('is accepted by the service, with limits that fit the function', () => {
    for (const [name, { Environment, MemorySize, EphemeralStorage }] of ofType(template, 'AWS::Lambda::Function')) {
      const variables = Object.entries(Environment.Variables as Record<string, unknown>);
      const looked = variables.map(([key, value]) => [key, typeof value === 'string' ? value : 'looked-up-by-ref']);
      const config = loadConfig({ ...Object.fromEntries(looked), JWT_SECRET: 's'.repeat(32) });
      assert.equal(config.AUTHENTICATION, 'required', name);
      assert.equal(config.MAX_CONCURRENT_STREAMS, 1, name);
      if (name !== 'TranscodeLambdaFunction') continue;
      assert.ok(config.FFMPEG_MEMORY_MIB < MemorySize);
      assert.ok(config.MAX_SPOOL_BYTES < EphemeralStorage.Size * 1_048_576);
    }
  });

  it('does not contain that of this machine', () => {
    const { functions, provider } = parse(readFileSync(join(ROOT, 'serverless.yml'), 'utf8'), { logLevel: 'error' });
    for (const definition of [provider, ...Object.values(functions)]) {
      for (const key of ['environment', 'role', 'vpc']) assert.equal(definition[key], undefined);
      assert.equal(definition.package?.artifact, undefined);
    }
  });
});

describe('a package', () => {
  it('has the same bytes in any folder, at any time and for any stage', async () => {
    using scratch = scratchFolder();
    const elsewhere = scratch.file('elsewhere');
    cpSync(copy.folder, elsewhere, { recursive: true, verbatimSymlinks: true });
    for (const name of BUNDLED) {
      const { entries } = await bundleFunction(elsewhere, `handlers/${name}.handler`);
      await writeZip(scratch.file('here.zip'), entries.toReversed());
      assert.ok(readFileSync(scratch.file('here.zip')).equals(readFileSync(copy.file(`${name}.zip`))), name);
    }
    await writeZip(scratch.file('layer.zip'), await folderEntries(join(copy.folder, 'layers/ffmpeg-audio/dist')));
    assert.ok(readFileSync(scratch.file('layer.zip')).equals(readFileSync(copy.file('ffmpegAudio.zip'))));
  });

  it('of a layer contains its whole folder, with its executable files', async () => {
    using scratch = scratchFolder();
    const files = await unzip(copy.file('ffmpegAudio.zip'), scratch.path);
    assert.deepEqual(
      files.map(({ path, mode }) => [path, mode.toString(8)]),
      [
        ['LICENCE', '644'],
        ['bin/ffmpeg-audio', '755'],
      ],
    );
  });

  it('of a function contains no source maps, which are stored next to it', async () => {
    using scratch = scratchFolder();
    const files = await unzip(copy.file('transcode.zip'), scratch.path);
    assert.ok(files.every(({ path }) => /^(handlers\/transcode|chunks\/[\w-]+)\.mjs$/.test(path)));
    const map = JSON.parse(readFileSync(copy.file('source-maps/transcode/handlers/transcode.mjs.map'), 'utf8'));
    assert.ok(map.sources.some((source: string) => source.endsWith('lib/transcode/session.ts')));
  });
});
