import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { interruption } from '../../local/interruption.ts';
import { descriptorsOf, heldByLauncher } from '../../test/support/leaks.ts';
import { inject, type Victims } from './fault-injection.ts';
import { type FaultKind, planFaults } from './fault-plan.ts';
import { isAtRest, violationsOf } from './invariants.ts';
import { lookAfterStop, lookAtRest } from './leftovers.ts';
import { createMemoryLog } from './memory-log.ts';
import { startOrchestrator } from './orchestrator-process.ts';
import { watchProcesses } from './process-tree.ts';
import { createRandom } from './random.ts';
import { line, summary } from './report.ts';
import { startRunningSystem } from './running-system.ts';
import { mountSmallDisk } from './small-disk.ts';
import { startTrackServer } from './track-server.ts';
import { makeTracks } from './tracks.ts';

export type SoakOptions = {
  readonly minutes: number;
  readonly channels: number;
  readonly seed: string;
  /** The kinds of faults to choose from. */
  readonly kinds: readonly FaultKind[];
};

const LOG_FOLDER = fileURLToPath(new URL('../../out', import.meta.url));
const DISK_MEGABYTES = 256;
const LINE_MS = 10_000;
const SIGHTING_MS = 500;
/** Time after the last fault, in which its effects must also be handled. */
const CALM_MS = 10_000;
/** The host is killed only in this share of the run. The rest shows the growth of its memory. */
const KILLING_SHARE = 0.5;
/** The record of a dead process is closed when it has been silent for 15 s and its successor is as old. */
const REST_MS = 45_000;

/** Resolves with whether there were no violations. Throws an Error on Ctrl-C, and leaves nothing behind. */
export async function runSoak({ minutes, channels, seed, kinds }: SoakOptions): Promise<boolean> {
  const interrupted = interruption();
  const random = createRandom(seed);
  const folder = mkdtempSync(join(tmpdir(), 'soak-'));
  using _ = { [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
  mkdirSync(LOG_FOLDER, { recursive: true });
  const logFile = join(LOG_FOLDER, `soak-${seed}.log`);
  rmSync(logFile, { force: true });
  console.log(`seed ${seed}, ${minutes} min, ${channels} channels; log: ${logFile}`);

  using disk = mountSmallDisk(join(folder, 'disk'), DISK_MEGABYTES);
  if (disk === undefined) console.log('full_disk has no effect: mounting a disk is not allowed here');
  const [dataDir, spoolDir, temporary] = ['data', 'spool', 'tmp'].map((name) => join(folder, 'disk', name));
  if (dataDir === undefined || spoolDir === undefined || temporary === undefined) throw new Error('no folders');
  for (const path of [dataDir, spoolDir, temporary]) mkdirSync(path);

  const tracks = await makeTracks();
  await using source = await startTrackServer([...tracks.music, ...tracks.sweeps]);
  await using system = await startRunningSystem({
    dataDir,
    logFile,
    settings: {
      SPOOL_DIR: spoolDir,
      TMPDIR: temporary,
      SOURCE_ALLOWED_NETWORKS: source.network,
      SHUTDOWN_GRACE_SECONDS: '0',
      LOG_LEVEL: 'info',
    },
  });
  await using orchestrator = await startOrchestrator(
    {
      baseUrl: system.url,
      origin: source.origin,
      seed,
      channels,
      music: tracks.music.map(({ name }) => name),
      sweeps: Object.fromEntries(tracks.sweeps.map(({ name, seconds }) => [name, seconds])),
    },
    logFile,
  );
  const clientPid = orchestrator.pid;
  const host = system.host() ?? 0;
  const before = {
    hostDescriptors: descriptorsOf(host).length - heldByLauncher(host),
    clientDescriptors: descriptorsOf(clientPid).length,
  };
  const sightings = watchProcesses([system.pid, clientPid]);
  const memory = createMemoryLog();
  const struck = new Map<FaultKind, number>();
  const log = createWriteStream(logFile, { flags: 'a' });

  const began = performance.now();
  const endsAt = began + minutes * 60_000;
  const elapsed = (): number => (performance.now() - began) / 1_000;
  orchestrator.order('start');
  using looking = every(SIGHTING_MS, () => sightings.look());
  using printing = every(LINE_MS, () => {
    memory.look({ host: system.host(), client: clientPid, seconds: elapsed() });
    console.log(
      line({ seconds: elapsed(), channels: orchestrator.reports(), faults: total(struck), memory: memory.last() }),
    );
  });

  const victims: Victims = { system, clientPid, disk, source };
  async function disturb(signal: AbortSignal): Promise<void> {
    for (const planned of planFaults(random.for('faults'), kinds)) {
      if (performance.now() + planned.afterMs + planned.lastsMs > endsAt - CALM_MS) break;
      await delay(planned.afterMs, undefined, { signal });
      const mayKillHost = elapsed() < minutes * 60 * KILLING_SHARE;
      const fault =
        planned.kind === 'kill_host' && !mayKillHost ? { ...planned, kind: 'kill_ffmpeg' as const } : planned;
      log.write(
        `${JSON.stringify({ time: new Date().toISOString(), soak: fault.kind, seconds: elapsed(), ms: fault.lastsMs, place: fault.place })}\n`,
      );
      if (await inject(victims, fault, { signal })) struck.set(fault.kind, (struck.get(fault.kind) ?? 0) + 1);
    }
    await delay(endsAt - performance.now(), undefined, { signal });
  }
  const calm = new AbortController();
  const disturbing = disturb(calm.signal);
  await Promise.race([disturbing, interrupted]).catch(async (error: unknown) => {
    // A frozen process cannot be stopped.
    calm.abort();
    await disturbing.catch(() => undefined);
    throw error;
  });
  const seconds = elapsed();
  printing[Symbol.dispose]();
  const reports = await orchestrator.end();

  const rest = { system, clientPid, source, sightings, spoolDir };
  const atRest = await lookAtRest(rest, { withinMs: REST_MS, isFine: (found) => isAtRest(found, before) });
  looking[Symbol.dispose]();
  sightings.look();
  orchestrator.order('leave');
  const exitCode = await system.stop();
  const urls = [system.url, system.s3Url, system.databaseUrl];
  const afterStop = await lookAfterStop({ exitCode, sightings, urls, dataDir, folders: [spoolDir, temporary] });
  const facts = {
    channels: reports,
    expectedChannels: channels,
    seconds,
    struck: source.struck,
    atRest,
    before,
    afterStop,
  };
  const violations = violationsOf(facts);
  console.log(summary({ seed, facts, faults: struck, memory: memory.slopes(), restMs: atRest.afterMs, violations }));
  log.end();
  return violations.length === 0;
}

function every(ms: number, run: () => void): Disposable {
  const timer = setInterval(run, ms);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

function total(counts: ReadonlyMap<unknown, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}
