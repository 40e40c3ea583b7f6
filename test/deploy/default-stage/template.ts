import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import type { Copy } from '../support/package-copy.ts';
import { allowed, ofType, properties, type Template } from '../support/template.ts';
import { CAN_BE_ALONE, packaged } from './package.ts';

type Limits = {
  readonly timeout: number;
  readonly memory: number;
  readonly concurrency?: number;
  readonly layers?: string[];
};

/** Resources by their names in the template. */
const FUNCTIONS: Readonly<Record<string, Limits>> = {
  Transcode: { timeout: 900, memory: 1024, concurrency: 10, layers: ['LauncherLambdaLayer', 'FfmpegAudioLambdaLayer'] },
  Transcodes: { timeout: 10, memory: 512 },
  TranscodeDashevents: { timeout: 900, memory: 256, concurrency: 10 },
  Health: { timeout: 10, memory: 512, layers: ['LauncherLambdaLayer', 'FfmpegAudioLambdaLayer'] },
  Metrics: { timeout: 10, memory: 512 },
  Token: { timeout: 10, memory: 512 },
  Keys: { timeout: 10, memory: 512 },
  Usage: { timeout: 30, memory: 512 },
  Encoders: {
    ...{ timeout: 30, memory: 512 },
    layers: ['LauncherLambdaLayer', 'FfmpegAudioLambdaLayer', 'FfmpegLambdaLayer'],
  },
  Uploads: { timeout: 30, memory: 512 },
  Callbacks: { timeout: 30, memory: 512 },
  Openapi: { timeout: 10, memory: 512 },
  Jobs: { timeout: 30, memory: 512 },
  JobDashworker: {
    ...{ timeout: 900, memory: 3008, concurrency: 5 },
    layers: ['LauncherLambdaLayer', 'FfmpegLambdaLayer'],
  },
  JobDashevents: { timeout: 900, memory: 256, concurrency: 10 },
  JobDashpreview: {
    timeout: 30,
    memory: 2048,
    concurrency: 2,
    layers: ['LauncherLambdaLayer', 'FfmpegLambdaLayer'],
  },
  Probe: { timeout: 30, memory: 1024, layers: ['LauncherLambdaLayer', 'FfmpegLambdaLayer'] },
  Maintenance: { timeout: 120, memory: 256, concurrency: 1 },
};
const STREAMING = ['Transcode', 'TranscodeDashevents', 'JobDashevents', 'JobDashpreview', 'Openapi'];
/** The functions that are called on a schedule, and how often. */
const SCHEDULED = { Maintenance: 'rate(5 minutes)', JobDashworker: 'rate(1 minute)' } as const;
const WITH_URL = Object.keys(FUNCTIONS).filter((name) => !(name in SCHEDULED));

let copy: Copy;
let template: Template;
let printed: string;
before(async () => {
  ({ copy, printed } = await packaged());
  template = copy.template();
});

describe('npm run package', () => {
  const skip = CAN_BE_ALONE || process.env['CI'] ? false : 'a namespace without a network cannot be made here';

  it('needs no network, no credentials and no home', { skip }, () => {
    assert.ok(CAN_BE_ALONE);
    assert.match(printed, /Service packaged/);
  });

  it('creates a zip of each function and each layer, and prints their sizes', () => {
    const files = readdirSync(copy.file('')).filter((name) => name.endsWith('.zip'));
    const keys = [
      ...ofType(template, 'AWS::Lambda::Function').map(([, { Code }]) => Code.S3Key),
      ...ofType(template, 'AWS::Lambda::LayerVersion').map(([, { Content }]) => Content.S3Key),
    ];
    const names = keys.map((key: string) => key.split('/').at(-1) ?? '');
    assert.deepEqual(files.toSorted(), names.toSorted());
    for (const name of names) assert.match(printed, new RegExp(`^ +${name.replace('.zip', '')} +\\d`, 'm'));
  });
});

describe('the template', () => {
  it('contains every function with its limits and its layers', () => {
    const found = ofType(template, 'AWS::Lambda::Function').map(([name, definition]) => {
      const { Timeout, MemorySize, ReservedConcurrentExecutions, Layers, Runtime, Architectures } = definition;
      assert.equal(Runtime, 'nodejs24.x');
      assert.deepEqual(Architectures, ['x86_64']);
      const limits: Limits = {
        timeout: Timeout,
        memory: MemorySize,
        ...(ReservedConcurrentExecutions !== undefined && { concurrency: ReservedConcurrentExecutions }),
        ...(Layers !== undefined && { layers: Layers.map(({ Ref }: { Ref: string }) => Ref) }),
      };
      return [name.replace(/LambdaFunction$/, ''), limits];
    });
    assert.deepEqual(Object.fromEntries(found), FUNCTIONS);
    assert.deepEqual(properties(template, 'TranscodeLambdaFunction')['EphemeralStorage'], { Size: 1024 });
    assert.deepEqual(properties(template, 'JobDashworkerLambdaFunction')['EphemeralStorage'], { Size: 10_240 });
  });

  it('contains the layers, each with its licence', () => {
    const layers = ofType(template, 'AWS::Lambda::LayerVersion').map(([name, layer]) => [name, layer['LicenseInfo']]);
    assert.deepEqual(Object.fromEntries(layers), {
      FfmpegAudioLambdaLayer: 'GPL-3.0-or-later',
      FfmpegLambdaLayer: 'GPL-3.0-or-later',
      LauncherLambdaLayer: 'MIT',
    });
  });

  for (const name of WITH_URL) {
    it(`makes the URL of ${name} public, in its mode, and leaves authentication to the service`, () => {
      const target = { 'Fn::GetAtt': [`${name}LambdaFunction`, 'Arn'] };
      const { InvokeMode = 'BUFFERED', ...url } = properties(template, `${name}LambdaFunctionUrl`);
      // No Cors: the service itself handles it.
      assert.deepEqual(url, { AuthType: 'NONE', TargetFunctionArn: target });
      assert.equal(InvokeMode, STREAMING.includes(name) ? 'RESPONSE_STREAM' : 'BUFFERED');
      assert.deepEqual(permissionsFor(name), [
        { FunctionName: target, Action: 'lambda:InvokeFunctionUrl', Principal: '*', FunctionUrlAuthType: 'NONE' },
        { FunctionName: target, Action: 'lambda:InvokeFunction', Principal: '*', InvokedViaFunctionUrl: true },
      ]);
      const { Value } = template.Outputs[`${name}LambdaFunctionUrl`] ?? {};
      assert.deepEqual(Value, { 'Fn::GetAtt': [`${name}LambdaFunctionUrl`, 'FunctionUrl'] });
    });
  }

  for (const [name, rate] of Object.entries(SCHEDULED)) {
    it(`calls ${name} on a schedule, and lets no URL and no other service call it`, () => {
      const target = { 'Fn::GetAtt': [`${name}LambdaFunction`, 'Arn'] };
      const rules = ofType(template, 'AWS::Events::Rule').filter(
        ([, { Targets }]) => JSON.stringify(Targets[0].Arn) === JSON.stringify(target),
      );
      assert.equal(rules.length, 1);
      const [[rule, { ScheduleExpression, State }] = assert.fail()] = rules;
      assert.deepEqual([ScheduleExpression, State], [rate, 'ENABLED']);
      const SourceArn = { 'Fn::GetAtt': [rule, 'Arn'] };
      assert.deepEqual(permissionsFor(name), [
        { FunctionName: target, Action: 'lambda:InvokeFunction', Principal: 'events.amazonaws.com', SourceArn },
      ]);
      assert.equal(ofType(template, 'AWS::Lambda::Url').length, WITH_URL.length);
    });
  }

  it('never repeats an invocation of a schedule, and drops those of job-worker that wait for a minute', () => {
    const configured = ofType(template, 'AWS::Lambda::EventInvokeConfig').map(([, config]) => [
      config['FunctionName'].Ref,
      config['MaximumRetryAttempts'],
      config['MaximumEventAgeInSeconds'],
    ]);
    assert.deepEqual(configured.toSorted(), [
      ['JobDashworkerLambdaFunction', 0, 60],
      ['MaintenanceLambdaFunction', 0, undefined],
    ]);
  });

  it('gives each function its own role, for its own log and its actions on the bucket', () => {
    const s3: Readonly<Record<string, string[]>> = {
      Transcode: ['s3:GetObject'],
      Uploads: ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload'],
      Jobs: ['s3:GetObject'],
      JobDashworker: ['s3:GetObject'],
      JobDashpreview: ['s3:GetObject'],
      Probe: ['s3:GetObject'],
    };
    const invokers = ['Jobs', 'JobDashworker'];
    const lists = ['Uploads', 'Usage', 'Jobs'];
    const results: Readonly<Record<string, string[]>> = {
      Jobs: ['s3:GetObject'],
      JobDashevents: ['s3:GetObject'],
      JobDashworker: ['s3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'],
      Maintenance: ['s3:DeleteObject', 's3:AbortMultipartUpload'],
    };
    const worker = `arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:ffmpeg-functions-dev-job-worker`;
    for (const name of Object.keys(FUNCTIONS)) {
      const { FunctionName } = properties(template, `${name}LambdaFunction`);
      const group = `log-group:/aws/lambda/${FunctionName}`;
      const log = `arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:${group}:*`;
      assert.deepEqual(allowed(template, name), [
        [['logs:CreateLogStream', 'logs:PutLogEvents'], [{ 'Fn::Sub': log }]],
        ...(s3[name] === undefined ? [] : [[s3[name], [{ 'Fn::Sub': `\${UploadsBucket.Arn}/uploads/*` }]]]),
        ...(lists.includes(name) ? [[['s3:ListBucket'], [{ 'Fn::GetAtt': ['UploadsBucket', 'Arn'] }]]] : []),
        ...(results[name] === undefined ? [] : [[results[name], [{ 'Fn::Sub': `\${UploadsBucket.Arn}/jobs/*` }]]]),
        ...(invokers.includes(name) ? [[['lambda:InvokeFunction'], [{ 'Fn::Sub': worker }]]] : []),
      ]);
    }
    assert.equal(ofType(template, 'AWS::IAM::Role').length, Object.keys(FUNCTIONS).length);
  });

  it('keeps logs for two weeks, traces nothing, and needs no private network', () => {
    const groups = ofType(template, 'AWS::Logs::LogGroup');
    assert.equal(groups.length, Object.keys(FUNCTIONS).length);
    for (const [, { RetentionInDays }] of groups) assert.equal(RetentionInDays, 14);
    for (const [name, { TracingConfig, VpcConfig }] of ofType(template, 'AWS::Lambda::Function')) {
      assert.deepEqual([TracingConfig, VpcConfig], [undefined, undefined], name);
    }
  });
});

function permissionsFor(functionName: string): unknown[] {
  return ofType(template, 'AWS::Lambda::Permission')
    .map(([, permission]) => permission)
    .filter(({ FunctionName }) => FunctionName['Fn::GetAtt'][0] === `${functionName}LambdaFunction`);
}
