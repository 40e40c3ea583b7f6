import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Capabilities } from '#lib/ffmpeg/capabilities.ts';
import { askCapabilities } from '#lib/ffmpeg/discovery/ask-capabilities.ts';
import type { EncodeStage } from '#lib/jobs/graph/stage.ts';
import { stages, wholeStage } from '#lib/jobs/graph/stages.ts';
import type { MediaFacts } from '#lib/jobs/media/facts.ts';
import { createPacketReader, packetArguments } from '#lib/jobs/media/packets.ts';
import { probeArguments, readFacts } from '#lib/jobs/media/probe.ts';
import type { JobPlan } from '#lib/jobs/plan/job-plan.ts';
import { plan } from '#lib/jobs/plan/plan.ts';
import { JOB_SPEC } from '#lib/jobs/spec/spec.ts';
import { type Finding, verify } from '#lib/jobs/verify/verify.ts';
import { validate } from '#lib/validation.ts';
import { FFMPEG } from './ffmpeg.ts';

const run = promisify(execFile);
const OPTIONS = { maxBuffer: 64 << 20 } as const;

/** The ffmpeg that encodes: FFMPEG_PATH, else that of the full layer, else the machine's. */
const ENCODER = process.env['FFMPEG_PATH'] ?? FFMPEG;
const PROBER = ENCODER === 'ffmpeg' ? 'ffprobe' : join(dirname(ENCODER), 'ffprobe');

let asked: Promise<Capabilities> | undefined;

/** Asks the ffmpeg that encodes, once. */
export function capabilities(): Promise<Capabilities> {
  asked ??= askCapabilities(ENCODER);
  return asked;
}

/** Returns the measured facts of a file, as a job probes its inputs and results. */
export async function measure(file: string, demuxer?: string): Promise<MediaFacts> {
  const facts = readFacts((await run(PROBER, probeArguments(file, demuxer), OPTIONS)).stdout);
  const reader = createPacketReader(facts);
  const { stdout } = await run(PROBER, packetArguments(file, facts.container), OPTIONS);
  for (const line of stdout.split('\n')) reader.read(line);
  return reader.measured();
}

/** Runs ffmpeg and returns the time that its progress reaches, seconds. */
export async function decodedSeconds(args: readonly string[]): Promise<number> {
  const { stdout } = await run(ENCODER, ['-v', 'quiet', '-nostdin', '-progress', 'pipe:1', ...args], OPTIONS);
  return Number(/out_time_us=(\d+)(?![\s\S]*out_time_us)/.exec(stdout)?.[1] ?? 0) / 1e6;
}

/** What a request made of files. */
export type Encoded = AsyncDisposable & {
  readonly plan: JobPlan;
  readonly stages: readonly EncodeStage[];
  /** Differences between the plan and the files, of every stage. */
  readonly findings: readonly Finding[];
  /** Returns the path of an output, by its number. */
  output(index?: number): string;
};

type Fields = Readonly<Record<string, unknown>>;
type Files = Readonly<Record<string, string>>;

export type EncodeOptions = {
  /** How long the pictures among the inputs are shown. */
  readonly seconds?: Fields;
  /** Inputs that are subtitles, with their contents. */
  readonly texts?: Readonly<Record<string, Uint8Array>>;
  /** False: one graph for any number of clips. */
  readonly runs?: false;
};

/** Plans a request over local files; its inputs need no URLs. */
export async function planned(
  request: Fields,
  files: Files,
  { seconds = {}, texts = {} }: EncodeOptions = {},
): Promise<JobPlan> {
  const names = Object.keys(files);
  const inputs = Object.fromEntries(
    [...names, ...Object.keys(texts)].map((name) => [name, { url: `https://x.org/${name}`, seconds: seconds[name] }]),
  );
  const spec = validate(JOB_SPEC, { inputs, ...request });
  const facts = new Map(
    await Promise.all(names.map(async (name) => [name, await measure(files[name] ?? '')] as const)),
  );
  return plan(spec, facts, await capabilities(), { texts: new Map(Object.entries(texts)) });
}

/** Plans, compiles and encodes a request over local files, and verifies what came out. */
export async function encode(request: Fields, files: Files, options: EncodeOptions = {}): Promise<Encoded> {
  const made = await planned(request, files, options);
  const folder = await mkdtemp(join(tmpdir(), "job's [1],:;-"));
  // Also when an ffmpeg fails.
  await using cleanUp = new AsyncDisposableStack();
  cleanUp.defer(() => rm(folder, { recursive: true }));
  const where = { files: new Map(Object.entries(files)), folder };
  const compiled = options.runs === false ? [wholeStage(made, where)] : stages(made, where);
  const findings: Finding[] = [];
  for (const { args, writes, expected } of compiled) {
    for (const { name, text } of writes) await writeFile(join(folder, name), text);
    await run(ENCODER, ['-hide_banner', '-v', 'warning', '-nostdin', ...args], OPTIONS);
    for (const each of expected) findings.push(...verify(each, await measure(join(folder, each.file), each.demuxer)));
  }
  const outputs = compiled.flatMap((stage) => stage.outputs);
  const owned = cleanUp.move();
  return {
    plan: made,
    stages: compiled,
    findings,
    output: (index = 0) => join(folder, outputs.find((name) => name.startsWith(`output-${index}.`)) ?? ''),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
