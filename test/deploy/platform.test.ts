import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { applyPlatform } from '../../deploy/platform.ts';
import type { Platform, Service } from '../../deploy/serverless.ts';

const NOTHING: Platform = {
  subnetIds: 'none',
  securityGroupIds: 'none',
  sourceBuckets: 'none',
  environment: {},
  functions: {},
};

function service(platform: Partial<Platform>): Service {
  return {
    provider: {},
    custom: { platform: { ...NOTHING, ...platform } },
    functions: { f: { name: 'service-dev-f', handler: 'f.handler' } },
    resources: { Resources: {} },
  };
}

const mistakes: readonly (readonly [what: string, platform: Partial<Platform>, message: RegExp])[] = [
  ['subnets without security groups', { subnetIds: 'subnet-1' }, /a private network needs both/],
  ['security groups without subnets', { securityGroupIds: 'sg-1' }, /a private network needs both/],
  ['a function that does not exist', { functions: { g: {} } }, /custom\.platform\.functions: g is not a function/],
  ['half an environment', { functions: { f: { reservedConcurrency: '1.5' } } }, /not a number of environments: 1.5/],
  ['words for a number', { functions: { f: { reservedConcurrency: 'many' } } }, /not a number of environments: many/],
];

describe('settings for the platform only', () => {
  for (const [what, platform, message] of mistakes) {
    it(`are refused with ${what}`, () => {
      assert.throws(() => applyPlatform(service(platform)), message);
    });
  }

  it('are strings, and those of a function override those of all functions', () => {
    const given = service({
      environment: { A: 1, B: 'all', C: 'none', D: { Ref: 'Bucket' } },
      functions: { f: { environment: { B: 'own', E: true } } },
    });
    applyPlatform(given);
    assert.deepEqual(given.functions['f']?.environment, { A: '1', B: 'own', D: { Ref: 'Bucket' }, E: 'true' });
  });
});
