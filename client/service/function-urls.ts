import { PATHS } from '#lib/api/paths.ts';

/** The functions that the client calls, and their paths below the base URL. */
export const FUNCTION_PATHS = {
  transcode: PATHS.transcode.own,
  transcodes: PATHS.transcodes.own,
  health: PATHS.health.own,
  usage: PATHS.usage.own,
  jobs: PATHS.jobs.own,
  probe: PATHS.probe.own,
} as const;
export type FunctionName = keyof typeof FUNCTION_PATHS;

export type FunctionUrlsOptions = {
  readonly baseUrl?: string;
  /** The URLs of single functions, which take precedence over `baseUrl`. */
  readonly urls?: Partial<Readonly<Record<FunctionName, string>>>;
};

/** Functions whose URL may be missing: no stream needs them. */
const OPTIONAL: ReadonlySet<FunctionName> = new Set(['usage', 'jobs', 'probe']);

/** Returns the URL of each function without a trailing slash. Throws a TypeError for a missing or malformed URL. */
export function functionUrls({ baseUrl, urls }: FunctionUrlsOptions): Record<FunctionName, string> {
  const names = Object.keys(FUNCTION_PATHS) as FunctionName[];
  return Object.fromEntries(
    names.flatMap((name): [string, string][] => {
      const url =
        urls?.[name] ?? (baseUrl === undefined ? undefined : baseUrl.replace(/\/+$/, '') + FUNCTION_PATHS[name]);
      if (url === undefined && OPTIONAL.has(name)) return [];
      if (url === undefined || !URL.canParse(url)) throw new TypeError(`baseUrl or urls.${name} must be a URL`);
      return [[name, url.replace(/\/+$/, '')]];
    }),
  ) as Record<FunctionName, string>;
}
