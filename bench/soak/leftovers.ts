import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { startServer } from '../../local/postgres/server.ts';
import { descriptorsOf, heldByLauncher } from '../../test/support/leaks.ts';
import { query } from '../../test/support/query.ts';
import { commandLine, descendants, type Sightings } from './process-tree.ts';
import type { RunningSystem } from './running-system.ts';
import type { TrackServer } from './track-server.ts';

/** Things that must not exist when no stream is running. */
export type AtRest = {
  /** Transcodes in a state that is not final. */
  readonly openRows: number;
  /** Connections to the database, except the one of this query. */
  readonly connections: number;
  readonly idleInTransaction: number;
  /** Descriptors of the host and the orchestrator. */
  readonly children: readonly string[];
  /** Deleted files that the host has open. */
  readonly deletedFiles: readonly string[];
  readonly hostDescriptors: number;
  readonly clientDescriptors: number;
  readonly spoolFiles: readonly string[];
  readonly sourceConnections: number;
  /** Started processes without an owner. */
  readonly strays: readonly string[];
};

/** Things that must not exist when the system has stopped. */
export type AfterStop = {
  readonly exitCode: number | null;
  readonly processes: readonly string[];
  /** Ports that are still open. */
  readonly ports: readonly number[];
  /** Files in the folders for temporary files. */
  readonly files: readonly string[];
  readonly openRows: number;
  /** Shared memory that one of our processes has created. */
  readonly sharedMemory: number;
};

export type RestOptions = {
  readonly system: RunningSystem;
  readonly clientPid: number;
  readonly source: TrackServer;
  readonly sightings: Sightings;
  readonly spoolDir: string;
};

const OPEN_ROWS = 'SELECT count(*)::int AS n FROM transcodes WHERE ended_at IS NULL';
const CONNECTIONS = `SELECT count(*)::int AS n, count(*) FILTER (WHERE state LIKE 'idle in transaction%')::int AS stuck
  FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`;
const POLL_MS = 500;

/** Checks repeatedly until nothing is left, or until a timeout. Returns the last state. */
export async function lookAtRest(
  options: RestOptions,
  { withinMs, isFine }: { readonly withinMs: number; readonly isFine: (found: AtRest) => boolean },
): Promise<AtRest & { readonly afterMs: number }> {
  const began = performance.now();
  for (;;) {
    const found = await atRest(options).catch((error: unknown) => {
      if (performance.now() - began > withinMs) throw error;
      return undefined;
    });
    const afterMs = performance.now() - began;
    if (found !== undefined && (isFine(found) || afterMs > withinMs)) return { ...found, afterMs };
    await delay(POLL_MS);
  }
}

/** It waits for the host's next ffmpeg. */
const WAITING_LAUNCHER = /ffmpeg-launcher --wait /;

async function atRest({ system, clientPid, source, sightings, spoolDir }: RestOptions): Promise<AtRest> {
  const host = system.host() ?? 0;
  const [rows] = await query(system.databaseUrl, OPEN_ROWS);
  const [connections] = await query(system.databaseUrl, CONNECTIONS);
  const owned = new Set([system.pid, clientPid].flatMap((root) => descendants(root).map(({ pid }) => pid)));
  const descriptors = descriptorsOf(host);
  return {
    openRows: Number(rows?.['n']),
    connections: Number(connections?.['n']),
    idleInTransaction: Number(connections?.['stuck']),
    children: [host, clientPid]
      .flatMap((pid) => descendants(pid).map((entry) => commandLine(entry.pid) || entry.name))
      .filter((line) => !WAITING_LAUNCHER.test(line)),
    deletedFiles: descriptors.filter((target) => target.endsWith('(deleted)')),
    hostDescriptors: descriptors.length - heldByLauncher(host),
    clientDescriptors: descriptorsOf(clientPid).length,
    spoolFiles: readdirSync(spoolDir),
    sourceConnections: await source.connected(),
    strays: sightings
      .alive()
      .filter((pid) => !owned.has(pid))
      .map(commandLine),
  };
}

export type StopOptions = {
  readonly exitCode: number | null;
  readonly sightings: Sightings;
  readonly urls: readonly string[];
  readonly dataDir: string;
  /** The places where nothing may be left. */
  readonly folders: readonly string[];
};

/** Time for stopped processes to exit, ms. */
const GONE_MS = 3_000;

export async function lookAfterStop({ exitCode, sightings, urls, dataDir, folders }: StopOptions): Promise<AfterStop> {
  const deadline = performance.now() + GONE_MS;
  while (sightings.alive().length > 0 && performance.now() < deadline) await delay(POLL_MS / 10);
  const ports = urls.map((url) => Number(new URL(url).port));
  const answering = await Promise.all(ports.map(answers));
  const found = {
    exitCode,
    processes: sightings.alive().map(commandLine),
    ports: ports.filter((_, index) => answering[index]),
    files: folders.flatMap((folder) => readdirSync(folder).map((name) => `${folder}/${name}`)),
    sharedMemory: sharedMemoryOf(sightings),
  };
  return { ...found, openRows: await openRowsIn(dataDir) };
}

/** Reads the data folder of a stopped system. */
async function openRowsIn(dataDir: string): Promise<number> {
  const server = await startServer({ dataDir, port: 0, path: process.env['PATH'] ?? '' });
  try {
    const [rows] = await query(server.url, OPEN_ROWS);
    return Number(rows?.['n']);
  } finally {
    await server.stop();
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** Returns System V segments by their creators. */
function sharedMemoryOf(sightings: Sightings): number {
  const lines = readFileSync('/proc/sysvipc/shm', 'latin1').trim().split('\n').slice(1);
  return lines.filter((line) => sightings.has(Number(line.trim().split(/\s+/)[4]))).length;
}
