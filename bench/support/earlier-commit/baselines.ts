/** A commit to compare with, and its description. */
export type Baseline = { readonly commit: string; readonly words: string };

/**
 * Reads `bench/baseline.txt`: a commit and a short description on each line, the default one first. Ignores empty lines
 * and lines that begin with `#`. Throws an Error for any other line, and when there is no commit.
 */
export function parseBaselines(text: string): [Baseline, ...Baseline[]] {
  const [first, ...others] = text.split('\n').flatMap((line, index) => {
    if (line.trim() === '' || line.startsWith('#')) return [];
    const [, commit, words] = /^([0-9a-f]{7,40})\s+(\S.*)$/.exec(line.trim()) ?? [];
    if (commit === undefined || words === undefined) {
      throw new Error(`bench/baseline.txt, line ${index + 1}: expected a commit and a description, not "${line}"`);
    }
    return [{ commit, words }];
  });
  if (first === undefined) throw new Error('bench/baseline.txt has no commit');
  return [first, ...others];
}
