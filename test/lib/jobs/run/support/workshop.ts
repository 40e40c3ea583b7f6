import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { v7 as uuid } from 'uuid';
import type { Starter } from '#lib/ffmpeg/confinement.ts';
import { askCapabilities } from '#lib/ffmpeg/discovery/ask-capabilities.ts';
import { findFfprobe } from '#lib/ffmpeg/ffprobe.ts';
import { findStarter } from '#lib/ffmpeg/starter.ts';
import { createFfmpegSupervisor } from '#lib/ffmpeg/supervisor.ts';
import type { Caller } from '#lib/identity/caller.ts';
import type { AttemptLog, AttemptObject, AttemptOutcome, AttemptProgress } from '#lib/jobs/attempt.ts';
import { createPreview } from '#lib/jobs/preview/preview.ts';
import { runAttempt } from '#lib/jobs/run/run-attempt.ts';
import { RUN_LIMITS } from '#lib/jobs/run/run-limits.ts';
import type { JobPrograms, RunTools } from '#lib/jobs/run/run-tools.ts';
import { PREVIEW_SPEC } from '#lib/jobs/spec/preview-spec.ts';
import { JOB_SPEC } from '#lib/jobs/spec/spec.ts';
import { createAddressPolicy } from '#lib/sources/connection/address-policy.ts';
import { createGuardedHttp } from '#lib/sources/connection/guarded-http.ts';
import { createResolver } from '#lib/sources/connection/resolver.ts';
import type { SourceOpenerOptions } from '#lib/sources/open-source.ts';
import { uploadFile } from '#lib/sources/upload-file.ts';
import { createDestinations } from '#lib/storage/results/destinations.ts';
import { openResults } from '#lib/storage/results/results.ts';
import { createS3 } from '#lib/storage/s3-client.ts';
import { createShare, type Share } from '#lib/work/shares.ts';
import { FFMPEG } from '../../../../support/ffmpeg.ts';
import { answer, serve, startHttpSource } from '../../../../support/http-source.ts';
import { childrenOf } from '../../../../support/leaks.ts';
import { scratchFolder } from '../../../../support/scratch-folder.ts';
import { SHELL } from '../../../../support/supervised-ffmpeg.ts';
import { openerFor } from '../../../sources/support/opener.ts';
import { startS3Server } from '../../../sources/support/s3-server.ts';

const PATH = process.env['PATH'] ?? '';
const BUCKET = 'results';

const origin = FFMPEG.includes('/layers/') || FFMPEG.startsWith('/opt/') ? 'layer' : 'fallback';
const confined = await findStarter({ path: FFMPEG, origin }, { mode: 'auto', path: PATH });
/** The most confined way to start an ffmpeg here. */
export const STARTER: Starter = typeof confined === 'string' ? SHELL : confined.starter;
const capabilities = await askCapabilities(FFMPEG);
/** The ffmpeg and the ffprobe of the tests. */
export const PROGRAMS: JobPrograms = {
  ffmpeg: { path: FFMPEG, starter: STARTER, capabilities },
  ffprobe: findFfprobe({ path: FFMPEG, origin, starter: STARTER }, PATH),
};

export type Attempted = {
  readonly outcome: AttemptOutcome;
  readonly progress: readonly AttemptProgress[];
  readonly objects: readonly AttemptObject[];
  readonly warnings: readonly string[];
  readonly log: string;
  readonly command: string;
};

export type AttemptOptions = {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: AttemptProgress) => void;
  readonly onObject?: (object: AttemptObject) => void | Promise<void>;
  readonly limits?: Partial<RunTools['limits']>;
  /** Another program in place of ffmpeg. */
  readonly ffmpeg?: string;
  /** Another program in place of ffprobe. */
  readonly ffprobe?: string;
  readonly results?: RunTools['results'];
  readonly watch?: RunTools['watch'];
  readonly floor?: number;
  /** A job that was run before, and the number of the attempt. */
  readonly job?: { readonly id: string; readonly attempt: number };
};

type PreviewOptions = {
  readonly signal?: AbortSignal;
  readonly caller?: Caller;
  readonly previews?: Share;
  /** Another program in place of ffmpeg. */
  readonly ffmpeg?: string;
  readonly usedCpu?: (account: string, seconds: number) => void;
  readonly refuseOverrun?: () => Promise<void>;
  readonly timeoutMs?: number;
};

const CALLER: Caller = { subject: 'alice', scopes: ['jobs'], via: 'token' };

export type Workshop = Awaited<ReturnType<typeof openWorkshop>>;

/** Everything that an attempt needs, with sources by name. `await using` ends it. */
export async function openWorkshop(limits: Partial<SourceOpenerOptions> = {}) {
  const behaviours = new Map<string, RequestListener>();
  const source = await startHttpSource((request, response) =>
    (behaviours.get(request.url?.slice(1) ?? '') ?? answer(404))(request, response),
  );
  const opener = openerFor([source], limits);
  const folder = scratchFolder();
  const server = await startS3Server([BUCKET, 'elsewhere']);
  const s3 = createS3(server.options, 5_000);
  const results = openResults({ s3, bucket: BUCKET, urlSeconds: 60, timeoutMs: 5_000 });
  const http = createGuardedHttp({
    policy: createAddressPolicy({ kind: 'SOURCE', allowedNetworks: [source.network] }),
    resolve: createResolver({ servers: [] }),
    connectTimeoutMs: 5_000,
    headersTimeoutMs: 5_000,
  });
  const destinations = createDestinations({ results, buckets: ['elsewhere'], put: (file) => uploadFile(http, file) });
  const instance = uuid();
  const supervisor = createFfmpegSupervisor({
    limits: { memoryBytes: 2 ** 31, stall: { afterMs: 10_000, from: 'spawn' } },
    stopGraceMs: 1_000,
    onOutcome: () => undefined,
  });

  const toolsOf = (options: AttemptOptions): RunTools => ({
    sources: opener,
    programs: async () => ({
      ffmpeg: options.ffmpeg === undefined ? PROGRAMS.ffmpeg : { path: options.ffmpeg, starter: SHELL, capabilities },
      ffprobe: options.ffprobe === undefined ? PROGRAMS.ffprobe : { path: options.ffprobe, starter: SHELL },
    }),
    supervisor,
    results: options.results ?? results,
    destinations,
    scratch: { directory: folder.path, instance },
    limits: { ...RUN_LIMITS, ...options.limits },
    now: () => performance.now(),
    watch: options.watch,
  });

  return {
    results,
    server,
    /** Serves a file under a name, or lets the source behave in another way. Returns its URL. */
    input(name: string, content: Buffer | RequestListener): string {
      behaviours.set(name, Buffer.isBuffer(content) ? serve(content, { headers: { etag: `"${name}"` } }) : content);
      return `${source.origin}/${name}`;
    },
    /** Runs one attempt of a request, as `POST /api/jobs` takes it. */
    async run(request: unknown, options: AttemptOptions = {}): Promise<Attempted> {
      const progress: AttemptProgress[] = [];
      const objects: AttemptObject[] = [];
      const texts = { log: '', command: '' };
      const job = {
        id: uuid(),
        owner: 'alice',
        account: 'alice',
        attempt: 1,
        ...options.job,
        progress: options.floor ?? null,
        spec: JOB_SPEC.parse(request),
      };
      const hooks = {
        progress(update: AttemptProgress) {
          progress.push(update);
          options.onProgress?.(update);
        },
        log({ part, text }: AttemptLog) {
          texts[part] += text;
        },
        async object(object: AttemptObject) {
          objects.push(object);
          await options.onObject?.(object);
        },
      };
      const signal = options.signal ?? new AbortController().signal;
      const outcome = await runAttempt(job, toolsOf(options), hooks, signal);
      const warnings = outcome.kind === 'completed' ? outcome.warnings : [];
      return { outcome, progress, objects, warnings, ...texts };
    },
    /** Makes a frame of a request, as `POST /api/jobs/preview` takes it. */
    async preview(request: unknown, { signal, caller = CALLER, ...options }: PreviewOptions = {}) {
      const { previews = createShare({ budget: 'previews', limit: 1, reserve: 0 }), ffmpeg, ...rest } = options;
      const preview = createPreview({
        ...toolsOf({ ...(ffmpeg !== undefined && { ffmpeg }) }),
        ...{ sources: () => opener, directory: folder.path, previews },
        refuseOverrun: async () => undefined,
        usedCpu: () => undefined,
        ...rest,
      });
      return await preview(PREVIEW_SPEC.parse(request), { caller, signal });
    },
    /** The requests that the sources have received. */
    requests: () => source.requests,
    /** Returns a file of a result. */
    async fetch(key: string): Promise<Response> {
      return await fetch(await results.sign(key));
    },
    /** What attempts have left behind: processes, scratch folders and files of the storage. */
    left() {
      const stored = readdirSync(server.directory, { recursive: true, withFileTypes: true });
      return {
        processes: childrenOf(process.pid).map(({ name }) => name),
        scratch: readdirSync(folder.path),
        stored: stored.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name)),
      };
    },
    async [Symbol.asyncDispose]() {
      s3.close();
      http.close();
      await opener.close();
      await source[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

export const NOTHING_LEFT = { processes: [], scratch: [], stored: [] };

/** Makes a film of a test picture and a tone, 160x90 at 25 frames per second. */
export function makeFilm(seconds: number, options: readonly string[] = []): Buffer {
  using folder = scratchFolder();
  const path = folder.file('film.mp4');
  const picture = ['-f', 'lavfi', '-i', `testsrc2=size=160x90:rate=25:duration=${seconds}`];
  const sound = ['-f', 'lavfi', '-i', `sine=frequency=440:sample_rate=48000:duration=${seconds}`];
  const codecs = ['-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac', '-movflags', '+faststart'];
  execFileSync(FFMPEG, ['-v', 'error', ...picture, ...sound, ...codecs, ...options, path]);
  const film = readFileSync(path);
  rmSync(path);
  return film;
}
