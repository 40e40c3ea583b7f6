import { PATHS } from './api/paths.ts';
import { loadConfig } from './config.ts';
import { createBodyThreads } from './http/body-thread.ts';
import type { StackOptions } from './http/stack.ts';
import { refuseExposure } from './services/identity.ts';
import { createServices, type Services } from './services.ts';

/** The process that functions run in: one set of services, created when the first function is loaded. */
const config = loadConfig();
const isOnPlatform = config.AWS_LAMBDA_RUNTIME_API !== undefined;

// The local host checks before it listens. On the platform, requests can arrive as soon as this module is loaded.
if (isOnPlatform) await refuseExposure(config);

export const services: Services = createServices(config);
// On the platform a process serves one function and creates only what that function uses.
if (!isOnPlatform) services.warm('health');

/** The options of every function's HTTP stack. */
export const httpOptions: StackOptions = {
  log: services.log,
  maxBodyBytes: config.MAX_BODY_BYTES,
  largeBodies: createBodyThreads(),
  corsOrigins: config.CORS_ORIGINS,
  trustedProxies: config.TRUSTED_PROXIES,
  authenticator: services.identity.authenticator,
  rateLimits: services.identity.rateLimits,
  openAccess: {
    isOpen: services.identity.isOpen,
    names: { hosts: [config.HOST, ...publicHosts(config.PUBLIC_URL)], origins: config.CORS_ORIGINS },
  },
  keyWatch: services.identity.keyWatch,
  apiPage: apiPageUrl(),
  settle: isOnPlatform ? services.settle : undefined,
};

// The platform and the local host stop a function's process with SIGTERM.
process.once('SIGTERM', () => void services.shutDown());

function publicHosts(url: string | undefined): string[] {
  return url === undefined ? [] : [new URL(url).hostname.replace(/^\[|\]$/g, '')];
}

/** On the platform each function has a URL of its own, where only `openapi` has the page. */
function apiPageUrl(): string | undefined {
  const { docs } = PATHS.openapi;
  if (config.PUBLIC_URL !== undefined) return `${config.PUBLIC_URL}${docs}`;
  return isOnPlatform ? undefined : docs;
}
