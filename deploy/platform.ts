import { executionRole } from './execution-role.ts';
import type { Service } from './serverless.ts';

/** `custom.platform` of serverless.yml: what holds where it is deployed, and nowhere else. */
export interface Platform {
  readonly subnetIds: string;
  readonly securityGroupIds: string;
  readonly sourceBuckets: string;
  readonly environment: Environment;
  readonly functions: Readonly<Record<string, FunctionPlatform>>;
}

interface FunctionPlatform {
  readonly environment?: Environment;
  readonly reservedConcurrency?: number | string;
  readonly access?: Access;
}

/** S3 actions, on callers' uploads and on objects of the source buckets. */
export interface Access {
  readonly uploads?: readonly string[];
  readonly sourceBuckets?: readonly string[];
}

/** Values may be what CloudFormation is to look up. */
type Environment = Readonly<Record<string, unknown>>;

/** Gives each function its environment, its role and its share of the account, and all of them their network. */
export function applyPlatform({ provider, custom: { platform }, functions, resources }: Service): void {
  for (const name of Object.keys(platform.functions)) {
    if (functions[name] === undefined) throw new Error(`custom.platform.functions names no function: ${name}`);
  }
  const vpc = vpcOf(platform);
  if (vpc !== undefined) provider.vpc = vpc;
  const isTraced = provider.tracing?.lambda === true;
  for (const [name, definition] of Object.entries(functions)) {
    const { environment = {}, reservedConcurrency, access = {} } = platform.functions[name] ?? {};
    definition.environment = variablesOf({ ...platform.environment, ...environment });
    if (reservedConcurrency !== undefined) setConcurrency(definition, reservedConcurrency);
    definition.role = roleName(name);
    resources.Resources[definition.role] = executionRole({
      functionName: definition.name,
      access,
      sourceBuckets: listOf(platform.sourceBuckets),
      isTraced,
      isInVpc: vpc !== undefined,
    });
  }
}

/** How a parameter is left out. */
const NONE = 'none';

function listOf(text: string): string[] {
  return text === NONE ? [] : text.split(',').map((entry) => entry.trim());
}

/** Without what is left out; the platform takes strings only. */
function variablesOf(environment: Environment): Environment {
  const present = Object.entries(environment).filter(([, value]) => value !== NONE);
  return Object.fromEntries(present.map(([name, value]) => [name, typeof value === 'object' ? value : String(value)]));
}

function vpcOf(platform: Platform): Service['provider']['vpc'] {
  const subnetIds = listOf(platform.subnetIds);
  const securityGroupIds = listOf(platform.securityGroupIds);
  if (subnetIds.length === 0 && securityGroupIds.length === 0) return undefined;
  if (subnetIds.length === 0 || securityGroupIds.length === 0) {
    throw new Error('a private network needs both: --param subnet-ids=… and --param security-group-ids=…');
  }
  return { subnetIds, securityGroupIds };
}

function setConcurrency(definition: Service['functions'][string], asked: number | string): void {
  if (asked === NONE) {
    delete definition.reservedConcurrency;
    return;
  }
  const concurrency = Number(asked);
  if (!Number.isInteger(concurrency) || concurrency < 0) throw new Error(`not a number of environments: ${asked}`);
  definition.reservedConcurrency = concurrency;
}

/** `transcode-events` → `TranscodeEventsRole`. */
function roleName(functionName: string): string {
  const words = functionName.split('-').map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`);
  return `${words.join('')}Role`;
}
