import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { scratchFolder } from '../support/scratch-folder.ts';
import { unzip } from '../support/unzip.ts';
import { type ExecutionEnvironment, startEnvironment } from './execution-environment.ts';
import type { Implementation } from './implementation.ts';
import { resolveValue, type Stack } from './intrinsics.ts';
import { type PackagedFunction, readPackages } from './packages.ts';

export type PackagedOptions = {
  /** The folder of the runtime client. */
  readonly runtime: string;
  readonly stack: Stack;
  /** Settings in addition to those of the template. */
  readonly settings: NodeJS.ProcessEnv;
  readonly streamedBytes?: number;
};

/** The packages under the platform's runtime. Environments are started on demand and reused. */
export type PackagedFunctions = Implementation & {
  /** The environments of a function so far, oldest first. */
  environments(functionName: string): readonly ExecutionEnvironment[];
};

/** Source: Lambda quotas; a streamed response may have 200 MB. */
const STREAMED_BYTES = 200 << 20;

export function startPackaged({ runtime, stack, settings, streamedBytes = STREAMED_BYTES }: PackagedOptions) {
  const packages = readPackages();
  const folder = scratchFolder();
  const unpacked = new Map<string, Promise<Unpacked>>();
  const environments = new Map<string, ExecutionEnvironment[]>();
  let roots = 0;

  function functionOf(name: string): Promise<Unpacked> {
    const packaged = packages.get(name);
    if (packaged === undefined) throw new Error(`the function ${name} is not packaged`);
    const found = unpacked.get(name) ?? unpack(packaged, folder.file);
    unpacked.set(name, found);
    return found;
  }

  async function environmentFor(name: string): Promise<ExecutionEnvironment> {
    for (const environment of environments.get(name) ?? []) {
      if (environment.isBusy()) continue;
      await environment.settled();
      if (environment.isAlive()) return environment;
    }
    const { packaged, task, opt } = await functionOf(name);
    roots += 1;
    const root = directory(folder.file(`root-${roots}`));
    const environment = await startEnvironment({
      packaged,
      platform: { root, task, opt, runtime, temporaryMiB: packaged.temporaryMiB },
      settings: { ...platformEnvironment(packaged), ...environmentOf(packaged, stack), ...settings },
      streamedBytes,
    });
    environments.set(name, [...(environments.get(name) ?? []), environment]);
    return environment;
  }

  const all = () => [...environments.values()].flat();
  const implementation: PackagedFunctions = {
    name: 'packaged',
    async invoke(name, event, options) {
      return await (await environmentFor(name)).invoke(event, options);
    },
    environments: (name) => environments.get(name) ?? [],
    processesOf: (name) => (environments.get(name) ?? []).flatMap((environment) => environment.pids()),
    printed: () =>
      all()
        .map((environment) => environment.printed())
        .join(''),
    async [Symbol.asyncDispose]() {
      for (const environment of all()) await environment[Symbol.asyncDispose]();
      const mounted = readFileSync('/proc/self/mountinfo', 'utf8').includes(folder.path);
      folder[Symbol.dispose]();
      assert.ok(!mounted, 'mounts are left');
    },
  };
  return implementation;
}

type Unpacked = { readonly packaged: PackagedFunction; readonly task: string; readonly opt: string };

async function unpack(packaged: PackagedFunction, file: (name: string) => string): Promise<Unpacked> {
  const task = directory(file(`${packaged.name}-task`));
  const opt = directory(file(`${packaged.name}-opt`));
  await unzip(packaged.zip, task);
  for (const layer of packaged.layers) await unzip(layer, opt);
  return { packaged, task, opt };
}

function directory(path: string): string {
  mkdirSync(path);
  return path;
}

function environmentOf({ environment }: PackagedFunction, stack: Stack): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, resolveValue(value, stack)]));
}

/** The platform's variables (Lambda Developer Guide, "Defined runtime environment variables") and its Node flags. */
function platformEnvironment({ name, handler, memoryMiB }: PackagedFunction): NodeJS.ProcessEnv {
  return {
    _HANDLER: handler,
    LAMBDA_TASK_ROOT: '/var/task',
    LAMBDA_RUNTIME_DIR: '/var/runtime',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMiB),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: '2026/11/21/[$LATEST]0123456789abcdef0123456789abcdef',
    AWS_REGION: 'eu-central-1',
    AWS_DEFAULT_REGION: 'eu-central-1',
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    PATH: '/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin',
    LD_LIBRARY_PATH: '/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib',
    NODE_PATH:
      '/opt/nodejs/node24/node_modules:/opt/nodejs/node_modules:/var/runtime/node_modules:/var/runtime:/var/task',
    NODE_OPTIONS: '--no-experimental-require-module --no-experimental-detect-module',
  };
}
