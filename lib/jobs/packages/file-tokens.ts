import { z } from 'zod';
import { AppError } from '#lib/errors.ts';

/**
 * What a token opens: `start`: the main file of a package and its media; `play`: the playlists that the main file names,
 * for as long as a player needs them.
 */
export type TokenUse = 'start' | 'play';

export type TokenClaim = { readonly output: string; readonly use: TokenUse };

/** Tokens with which a player, which sends no credentials, reads the files of one output of one job. */
export type FileTokens = {
  /** Returns undefined where no key is configured: then readers need credentials. */
  issue(jobId: string, claim: TokenClaim & { readonly seconds: number }): string | undefined;
  /** Throws UNAUTHENTICATED `{reason}` for a token that has expired, or is for something else. */
  require(jobId: string, token: string, claim: TokenClaim): void;
};

/** Encrypts and authenticates texts for one place each. `open` throws for what was not sealed there. */
type Sealing = {
  seal(text: string, place: Place): string;
  open(sealed: string, place: Place): string;
};
type Place = { readonly purpose: string; readonly id: string };

export type FileTokenOptions = {
  readonly secrets: Sealing;
  readonly hasKey: boolean;
  /** Returns the time, ms. */
  readonly now: () => number;
};

const CONTENT = z.strictObject({ output: z.string(), use: z.enum(['start', 'play']), expires: z.number() });
const PURPOSE = 'jobs.files';
/** Longer than any token, which names an output of at most 64 characters. */
const LONGEST = 512;

export function createFileTokens({ secrets, hasKey, now }: FileTokenOptions): FileTokens {
  function contentOf(jobId: string, token: string): z.output<typeof CONTENT> | undefined {
    if (token.length > LONGEST) return undefined;
    try {
      return CONTENT.parse(JSON.parse(secrets.open(token, { purpose: PURPOSE, id: jobId })));
    } catch {
      // Whatever is wrong with it, it opens nothing.
      return undefined;
    }
  }

  return {
    issue(jobId, { output, use, seconds }) {
      if (!hasKey) return undefined;
      const expires = Math.floor(now() / 1_000) + seconds;
      return secrets.seal(JSON.stringify({ output, use, expires }), { purpose: PURPOSE, id: jobId });
    },
    require(jobId, token, { output, use }) {
      const content = contentOf(jobId, token);
      if (content === undefined || content.output !== output || content.use !== use) throw refused('invalid');
      if (content.expires * 1_000 <= now()) throw refused('expired');
    },
  };
}

function refused(reason: 'invalid' | 'expired'): AppError {
  const what = reason === 'expired' ? 'has expired' : 'is not valid for this file';
  const message = `the token of this URL ${what}: get the job again for another one`;
  return new AppError('UNAUTHENTICATED', { reason }, { message });
}
