import { codeOf } from './contract.ts';
import type { Exchange } from './exchange.ts';
import type { FuzzCase } from './fuzz-case.ts';

export type Slowest = { readonly ms: number; readonly seed: number; readonly label: string };

/** Statistics of the cases of one kind. */
export type KindTally = {
  cases: number;
  /** Valid cases, which had to play and did. */
  played: number;
  /** Status and code of a response, or the result without one → count. */
  readonly answers: Map<string, number>;
  /** Operations that succeeded. */
  readonly succeeded: Set<string>;
  slowest: Slowest;
};

export type Tally = { readonly [Kind in FuzzCase['kind']]: KindTally };

export function createTally(): Tally {
  const empty = (): KindTally => ({
    cases: 0,
    played: 0,
    answers: new Map(),
    succeeded: new Set(),
    slowest: { ms: 0, seed: 0, label: '' },
  });
  return { request: empty(), media: empty() };
}

export function count(
  tally: Tally,
  { kind, seed, label, mustPlay, method, target, isHttp }: FuzzCase,
  found: Exchange,
): void {
  const own = tally[kind];
  own.cases += 1;
  if (mustPlay && found.kind === 'answered' && found.status === 200 && found.complete) own.played += 1;
  if (isHttp && found.kind === 'answered' && found.status < 300) own.succeeded.add(`${method} ${templateOf(target)}`);
  const name = nameOf(found);
  own.answers.set(name, (own.answers.get(name) ?? 0) + 1);
  if (found.ms > own.slowest.ms) own.slowest = { ms: found.ms, seed, label };
}

/** Returns a path without its query, with `{id}` in place of ids. */
function templateOf(target: string): string {
  return (target.split('?')[0] ?? '').replace(/\/[\w-]{16,}/, '/{id}');
}

function nameOf(found: Exchange): string {
  if (found.kind !== 'answered') return found.kind.replaceAll('_', ' ');
  const code = codeOf(found);
  if (code !== undefined) return `${found.status} ${code}`;
  return found.complete || found.left ? String(found.status) : `${found.status}, cut`;
}

/** Returns a table for people: kinds, responses, the slowest. */
export function tallyText(tally: Tally, seconds: number): string {
  return Object.entries(tally)
    .map(([kind, { cases, played, answers, succeeded, slowest }]) => {
      const rows = [...answers].toSorted(([, one], [, other]) => other - one);
      const lines = rows.map(([name, times]) => `  ${String(times).padStart(8)}  ${name}`);
      const slow = `  slowest ${(slowest.ms / 1_000).toFixed(1)} s: ${slowest.label} (${slowest.seed})`;
      const good = kind === 'media' ? `, ${played} valid ones played` : '';
      const done = `  succeeded: ${[...succeeded].toSorted().join(', ')}`;
      return [`${kind}: ${cases} cases, ${(cases / seconds).toFixed(1)} a second${good}`, ...lines, done, slow].join(
        '\n',
      );
    })
    .join('\n');
}
