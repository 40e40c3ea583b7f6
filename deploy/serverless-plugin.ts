import { packageArtifacts } from './package-artifacts.ts';
import { applyPlatform } from './platform.ts';
import type { Serverless } from './serverless.ts';

type PluginUtils = { readonly log: Readonly<Record<'notice', (message: string) => void>> };

/**
 * Plugin for the Serverless Framework: builds the zips and the roles for `serverless package` and `serverless deploy`.
 * `serverless offline` runs none of these hooks.
 */
export class ServerlessPackaging {
  readonly hooks: Record<string, () => Promise<void>>;

  constructor(serverless: Serverless, _options: unknown, { log }: PluginUtils) {
    this.hooks = {
      'before:package:initialize': async () => applyPlatform(serverless.service),
      'before:package:createDeploymentArtifacts': async () => {
        for (const line of await packageArtifacts(serverless)) log.notice(line);
      },
      // This command sets the environment without CloudFormation, but only CloudFormation resolves secrets.
      'before:deploy:function:initialize': () => Promise.reject(new Error(NO_SINGLE_FUNCTION)),
    };
  }
}

const NO_SINGLE_FUNCTION = 'functions cannot be deployed one by one: run serverless deploy';

// The framework loads plugins with `require` and expects the class itself; this export name provides it.
export { ServerlessPackaging as 'module.exports' };
