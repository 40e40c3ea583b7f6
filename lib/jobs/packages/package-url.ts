import type { Sign } from '#lib/jobs/shown.ts';
import type { FileTokens } from './file-tokens.ts';
import type { FilePlace } from './package-files.ts';

export type PackageUrlOptions = {
  readonly sign: (key: string) => Promise<string>;
  readonly tokens: Pick<FileTokens, 'issue'>;
  /** Lifetime of a URL. */
  readonly seconds: number;
  /** Returns the URL of a file of a package. */
  readonly urlOf: (place: FilePlace) => string;
};

/**
 * Returns a function for the URLs of results. That of a package is the URL of its main file, with a token that a player
 * needs, and without one where tokens cannot be issued.
 */
export function withPackageUrls({ sign, tokens, seconds, urlOf }: PackageUrlOptions): Sign {
  return async (key, { jobId, output: { name, files } }) => {
    if (files === undefined) return await sign(key);
    const token = tokens.issue(jobId, { output: name, use: 'start', seconds });
    const url = urlOf({ id: jobId, output: name, file: key.slice(key.lastIndexOf('/') + 1) });
    return token === undefined ? url : `${url}?token=${token}`;
  };
}
