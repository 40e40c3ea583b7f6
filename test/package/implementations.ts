import { describe } from 'node:test';
import { S3_CREDENTIALS } from '../lib/sources/support/s3-server.ts';
import { JWT_SECRET } from '../support/jwt.ts';
import { startEmulated } from './emulated.ts';
import type { Implementation } from './implementation.ts';
import type { Stack } from './intrinsics.ts';
import { type PackagedFunctions, startPackaged } from './packaged.ts';
import { areCurrent } from './packages.ts';
import { whyNoPlatform } from './platform-root.ts';
import { runtimeClient } from './runtime-client.ts';

export type World = {
  /** Settings of the functions in addition to the deployed ones. */
  readonly settings?: NodeJS.ProcessEnv;
  /** A database; without one, DATABASE_URL is not set. */
  readonly databaseUrl?: string;
};

/** An address without a server, so that nothing uses the network. */
const NOWHERE = 'http://127.0.0.1:9';

const PLATFORM = openPlatform();

/** Runs the same suite for the packages under the platform's runtime and for the emulator. */
export function conformance(suite: (start: (world?: World) => Promise<Implementation>) => void): void {
  onPlatform(suite);
  describe('the emulator', () => suite((world) => startEmulated({ ...settingsOf(world), ...credentials() })));
}

/** Runs a suite for features of the platform only. */
export function onPlatform(
  suite: (start: (world?: World & { readonly streamedBytes?: number }) => Promise<PackagedFunctions>) => void,
): void {
  describe('the packages', { skip: 'missing' in PLATFORM && PLATFORM.missing }, () =>
    suite(async ({ streamedBytes, ...world } = {}) => {
      if ('missing' in PLATFORM) throw new Error(PLATFORM.missing);
      const { runtime } = PLATFORM;
      const settings = { ...settingsOf(world), ...credentials() };
      return startPackaged({ runtime, stack: stackOf(world), settings, ...(streamedBytes && { streamedBytes }) });
    }),
  );
}

function openPlatform(): { readonly runtime: string } | { readonly missing: string } {
  const runtime = runtimeClient();
  const missing = whyNoPlatform() ?? (areCurrent() ? undefined : 'the packages of these sources do not exist');
  if (missing === undefined && runtime !== undefined) return { runtime };
  const reason = missing ?? 'the runtime client is not installed';
  if (process.env['CI']) throw new Error(`the packages cannot be tested: ${reason}`);
  return { missing: `${reason}: npm run test:package provides it, or reports why it cannot` };
}

function settingsOf({ settings, databaseUrl }: World = {}): NodeJS.ProcessEnv {
  return {
    JWT_SECRET,
    SOURCE_ALLOWED_NETWORKS: '127.0.0.1/32',
    // Empty without a database, because an absent setting would have the template's value.
    DATABASE_URL: databaseUrl ?? '',
    S3_ENDPOINT: NOWHERE,
    ...settings,
  };
}

/** Credentials like those of a function's role, which the embedded S3 server accepts. */
function credentials(): NodeJS.ProcessEnv {
  return {
    AWS_ACCESS_KEY_ID: S3_CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: S3_CREDENTIALS.secretAccessKey,
    AWS_SESSION_TOKEN: 'the token of a role',
  };
}

function stackOf({ databaseUrl = '' }: World): Stack {
  return {
    references: {
      'AWS::Region': 'eu-central-1',
      'AWS::AccountId': '123456789012',
      'AWS::Partition': 'aws',
      'AWS::StackName': 'ffmpeg-functions-dev',
      'AWS::URLSuffix': 'amazonaws.com',
      'AWS::NoValue': '',
      UploadsBucket: 'uploads',
    },
    secrets: { DATABASE_URL: databaseUrl, JWT_SECRET },
  };
}
