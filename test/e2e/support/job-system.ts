import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import type { JobRecord } from '#lib/jobs/record.ts';
import { type S3Server, startS3Server } from '../../lib/sources/support/s3-server.ts';
import { eventually } from '../../support/eventually.ts';
import { type Host, startHost, startRunner } from '../../support/host.ts';
import { type HttpSource, startHttpSource } from '../../support/http-source.ts';
import { type Postgres, startPostgres } from '../../support/postgres.ts';
import { type ScratchFolder, scratchFolder } from '../../support/scratch-folder.ts';

export type Runner = Omit<Host, 'url'>;

/** A service with jobs: a database, a store, a host, and any number of runners. */
export type JobSystem = AsyncDisposable & {
  readonly url: string;
  readonly host: Host;
  readonly postgres: Postgres;
  readonly s3: S3Server;
  readonly source: HttpSource;
  /** Serves a file as a source; returns its URL. */
  serve(name: string, file: Buffer | RequestListener): string;
  /** Starts a runner. Runners of one machine share its data folder, so only one of them runs at a time. */
  startRunner(options?: { machine?: string; settings?: Readonly<Record<string, string | number>> }): Promise<Runner>;
  call(path: string, options?: CallOptions): Promise<Response>;
  submit(spec: object, options?: CallOptions): Promise<JobRecord>;
  get(id: string): Promise<JobRecord>;
  /** Resolves when the job has this status. Fails when it has ended in another one. */
  waitFor(id: string, status: JobRecord['status'], withinMs?: number): Promise<JobRecord>;
  /** Returns an output of a completed job. */
  download(job: JobRecord, name?: string): Promise<Buffer>;
};

export type CallOptions = {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
};

const BUCKET = 'own';
const WAIT_MS = 60_000;

export async function startJobSystem(settings: Readonly<Record<string, string | number>> = {}): Promise<JobSystem> {
  const cleanUp = new AsyncDisposableStack();
  const folder: ScratchFolder = cleanUp.use(scratchFolder());
  const files = new Map<string, Buffer | RequestListener>();
  const source = cleanUp.use(await startHttpSource((request, response) => serveFile(files, request, response)));
  const s3 = cleanUp.use(await startS3Server([BUCKET]));
  const postgres = cleanUp.use(await startPostgres());
  const common = {
    DATABASE_URL: postgres.url,
    S3_BUCKET: BUCKET,
    ...s3.settings,
    SOURCE_ALLOWED_NETWORKS: source.network,
    RUNNER_KINDS: 'jobs',
    SHUTDOWN_GRACE_SECONDS: 0,
    // Other tests run, too.
    JOB_NICENESS: 0,
    ...settings,
  };
  const host = cleanUp.use(await startHost({ ...common, DATA_DIR: folder.file('host') }));

  const system: JobSystem = {
    url: host.url,
    ...{ host, postgres, s3, source },
    serve(name, file) {
      files.set(`/${name}`, file);
      return `${source.origin}/${name}`;
    },
    async startRunner({ machine = 'one', settings: more = {} } = {}) {
      const SPOOL_DIR = folder.file(`${machine}-spool`);
      mkdirSync(SPOOL_DIR, { recursive: true });
      return cleanUp.use(await startRunner({ ...common, SPOOL_DIR, ...more, DATA_DIR: folder.file(machine) }));
    },
    async call(path, { method = 'GET', body, headers = {} } = {}) {
      return await fetch(`${host.url}${path}`, {
        method,
        headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        redirect: 'manual',
      });
    },
    async submit(spec, options) {
      const response = await system.call('/api/jobs', { method: 'POST', body: spec, ...options });
      const answer = await response.json();
      assert.equal(response.status, 202, JSON.stringify(answer));
      return answer as JobRecord;
    },
    async get(id) {
      const response = await system.call(`/api/jobs/${id}`);
      const answer = await response.json();
      assert.equal(response.status, 200, JSON.stringify(answer));
      return answer as JobRecord;
    },
    waitFor: (id, status, withinMs = WAIT_MS) =>
      eventually(
        async () => {
          const job = await system.get(id);
          assert.equal(job.status, status, JSON.stringify(job));
          return job;
        },
        { withinMs },
      ),
    async download({ result }, name) {
      const output = result?.outputs.find((each) => name === undefined || each.name === name);
      const response = await fetch(output?.url ?? assert.fail('no such output'));
      assert.equal(response.status, 200);
      return Buffer.from(await response.arrayBuffer());
    },
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
  return system;
}

function serveFile(
  files: ReadonlyMap<string, Buffer | RequestListener>,
  ...[request, response]: Parameters<RequestListener>
): void {
  const file = files.get(request.url ?? '');
  if (typeof file === 'function') {
    file(request, response);
    return;
  }
  if (file === undefined) {
    response.writeHead(404).end();
    return;
  }
  const [, from = '0', to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  const end = to === undefined || to === '' ? file.length - 1 : Math.min(Number(to), file.length - 1);
  const part = file.subarray(Number(from), end + 1);
  const headers = { etag: `"${file.length}"`, 'content-length': part.length, 'accept-ranges': 'bytes' };
  if (request.headers.range === undefined) response.writeHead(200, headers).end(file);
  else response.writeHead(206, { ...headers, 'content-range': `bytes ${from}-${end}/${file.length}` }).end(part);
}
