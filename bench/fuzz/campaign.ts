import type { Corpus } from './corpus.ts';
import type { Environment } from './environment.ts';
import { createFindings, type Finding } from './findings.ts';
import type { CaseOfSeed, FuzzCase } from './fuzz-case.ts';
import { prepareTarget } from './host-target.ts';
import { type HostMemory, watchHost } from './host-watch.ts';
import { watchLeftovers } from './leftovers.ts';
import { keepPlaying, type LiveAnchors } from './live-anchors.ts';
import { mediaCases } from './media-cases.ts';
import { requestCases } from './request-cases.ts';
import { runCase, type Verdict } from './run-case.ts';
import { caseSeed, draw } from './seeded.ts';
import { count, createTally, type Tally } from './tally.ts';

type Kind = FuzzCase['kind'];

export type CampaignOptions = {
  readonly environment: Environment;
  readonly corpus: Corpus;
  readonly seed: number;
  /** Returns whether to start no more cases of a kind, from the number of started cases and the run time in ms. */
  readonly isOver: (kind: Kind, begun: number, ms: number) => boolean;
  /** Cases in parallel, of each kind. */
  readonly workers: Readonly<Record<Kind, number>>;
  /** The folder for cases with findings. */
  readonly folder: string;
};

export type CampaignResult = {
  readonly tally: Tally;
  readonly findings: readonly Finding[];
  readonly seconds: number;
  readonly memory: HostMemory;
};

/** The largest resident memory of the host for any requests, bytes. */
const MEMORY_BOUND = 600e6;
/** Every Nth media case is requested three times: twice in parallel, and once more. */
const THRICE_EVERY = 8;

/** Runs cases until the end or until the host has died, then checks for leftovers. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const { environment, seed } = options;
  const { host, sources } = environment;
  let anchors: LiveAnchors | undefined;
  const { api, target, note, caseOf } = await prepareTarget(environment, () => anchors?.id());
  const arbitraries = { request: requestCases(api), media: mediaCases(api, options.corpus) };
  const tally = createTally();
  const findings = createFindings(options.folder);
  const running = new Set<FuzzCase>();
  const assertNothingLeft = watchLeftovers(host);
  const watch = watchHost(host, ({ offence, requestId }) => {
    const cause = caseOf(requestId);
    return findings.add(offence, cause === undefined ? [...running] : [cause]);
  });
  const startedAt = performance.now();
  const elapsed = (): number => performance.now() - startedAt;

  async function once(fuzzCase: FuzzCase): Promise<Verdict> {
    const { seed: drawn, mustPlay = false } = fuzzCase;
    const verdict = await runCase(fuzzCase, target, { decodes: mustPlay || drawn % 4 === 0, looksUp: drawn % 3 === 0 });
    note(fuzzCase, verdict.exchange);
    count(tally, fuzzCase, verdict.exchange);
    for (const offence of verdict.offences) await findings.add(offence, [fuzzCase]);
    return verdict;
  }

  async function run(fuzzCase: FuzzCase): Promise<void> {
    running.add(fuzzCase);
    if (fuzzCase.kind === 'request' || fuzzCase.seed % THRICE_EVERY !== 0) await once(fuzzCase);
    else {
      const verdicts = [...(await Promise.all([once(fuzzCase), once(fuzzCase)])), await once(fuzzCase)];
      if (fuzzCase.isSteady && haveDifferentBytes(verdicts))
        await findings.add('the same request returned different bytes', [fuzzCase]);
    }
    running.delete(fuzzCase);
  }

  async function work(kind: Kind, next: () => number): Promise<void> {
    for (let index = next(); target.death() === undefined && !options.isOver(kind, index, elapsed()); index = next()) {
      const drawn = caseSeed(kind === 'media' ? ~seed : seed, index);
      await run(draw<CaseOfSeed>(arbitraries[kind], drawn)(drawn));
    }
  }

  {
    await using playing = keepPlaying(host, `${sources.origin}/live`);
    anchors = playing;
    await Promise.all(
      (Object.entries(options.workers) as [Kind, number][]).flatMap(([kind, workers]) => {
        let begun = 0;
        return Array.from({ length: workers }, () => work(kind, () => begun++));
      }),
    );
  }
  const seconds = elapsed() / 1_000;
  if (target.death() === undefined) {
    await assertNothingLeft().catch((error: Error) => findings.add(`left behind: ${error.message}`, []));
  }
  const memory = await watch.stop();
  if (memory.largest > MEMORY_BOUND) await findings.add(`the host had ${memory.largest} bytes resident`, []);
  for (const part of environment.dead()) await findings.add(`${part} has died`, []);
  return { tally, findings: findings.list(), seconds, memory };
}

/** Whether complete responses differ. */
function haveDifferentBytes(verdicts: readonly Verdict[]): boolean {
  const bodies = verdicts.flatMap(({ exchange }) =>
    exchange.kind === 'answered' && exchange.status === 200 && exchange.complete ? [exchange.body] : [],
  );
  return bodies.some((body) => bodies[0]?.equals(body) === false);
}
