import { executionRole } from './execution-role.ts';
import type { Environment, FunctionObject, Platform, Service, Vpc } from './serverless.ts';

/** Sets each function's environment, role and reserved concurrency, and the network of all functions. */
export function applyPlatform({ provider, custom: { platform }, functions, resources }: Service): void {
  for (const name of Object.keys(platform.functions)) {
    if (functions[name] === undefined) throw new Error(`custom.platform.functions: ${name} is not a function`);
  }
  const vpc = vpcOf(platform);
  if (vpc !== undefined) provider.vpc = vpc;
  const isTraced = provider.tracing?.lambda === true;
  for (const [name, definition] of Object.entries(functions)) {
    const {
      environment = {},
      reservedConcurrency,
      access: bucketActions = {},
      invokes = [],
    } = platform.functions[name] ?? {};
    definition.environment = variablesOf({ ...platform.environment, ...environment });
    if (reservedConcurrency !== undefined) setConcurrency(definition, reservedConcurrency);
    definition.role = roleName(name);
    resources.Resources[definition.role] = executionRole({
      functionName: definition.name,
      bucketActions,
      invokes: invokes.map((invoked) => nameOf(invoked, functions)),
      sourceBuckets: listOf(platform.sourceBuckets),
      isTraced,
      isInVpc: vpc !== undefined,
    });
  }
}

/** Returns the name of a function on the platform. */
function nameOf(invoked: string, functions: Service['functions']): string {
  const { name } = functions[invoked] ?? {};
  if (name === undefined) throw new Error(`custom.platform.functions: ${invoked} is not a function`);
  return name;
}

/** The value of a parameter that is not set. */
const NONE = 'none';

function listOf(text: string): string[] {
  return text === NONE ? [] : text.split(',').map((entry) => entry.trim());
}

/** Removes the variables that are not set, and converts values to strings, which the platform requires. */
function variablesOf(environment: Environment): Environment {
  const present = Object.entries(environment).filter(([, value]) => value !== NONE);
  return Object.fromEntries(present.map(([name, value]) => [name, typeof value === 'object' ? value : String(value)]));
}

function vpcOf(platform: Platform): Vpc | undefined {
  const subnetIds = listOf(platform.subnetIds);
  const securityGroupIds = listOf(platform.securityGroupIds);
  if (subnetIds.length === 0 && securityGroupIds.length === 0) return undefined;
  if (subnetIds.length === 0 || securityGroupIds.length === 0) {
    throw new Error('a private network needs both --param subnet-ids=… and --param security-group-ids=…');
  }
  return { subnetIds, securityGroupIds };
}

function setConcurrency(definition: FunctionObject, given: number | string): void {
  if (given === NONE) {
    delete definition.reservedConcurrency;
    return;
  }
  const concurrency = Number(given);
  if (!Number.isInteger(concurrency) || concurrency < 0) throw new Error(`not a number of environments: ${given}`);
  definition.reservedConcurrency = concurrency;
}

/** `transcode-events` → `TranscodeEventsRole`. */
function roleName(functionName: string): string {
  const words = functionName.split('-').map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`);
  return `${words.join('')}Role`;
}
