import { type ProgramRun, runProgram } from '#lib/ffmpeg/run-program.ts';
import type { MediaFacts } from '#lib/jobs/media/facts.ts';
import { createPacketReader, packetArguments } from '#lib/jobs/media/packets.ts';
import { probeArguments, readFacts } from '#lib/jobs/media/probe.ts';
import type { RunLimits } from './run-limits.ts';
import type { JobPrograms } from './run-tools.ts';
import type { Scratch } from './scratch.ts';

export type ProbeOptions = {
  readonly programs: Pick<JobPrograms, 'ffprobe'>;
  readonly scratch: Pick<Scratch, 'path'>;
  readonly limits: Pick<RunLimits, 'memoryBytes' | 'niceness' | 'probeMs'>;
  readonly signal: AbortSignal;
  /** The demuxer that reads it, where it is known. */
  readonly demuxer?: string | undefined;
};

/** Most bytes that ffprobe may print: about a file, and about each packet of one. */
const DESCRIPTION_BYTES = 4 << 20;
const PACKETS_BYTES = 512 << 20;

/**
 * Returns the facts of a file in the scratch folder, with all its packets counted and measured. ffprobe reads that file
 * and nothing else. Throws UNSUPPORTED_FORMAT, TIMEOUT, FFMPEG_ERROR, and the signal's reason.
 */
export async function probeFile(file: string, options: ProbeOptions): Promise<MediaFacts> {
  const args = probeArguments(file, options.demuxer);
  const description = await probe(file, args, options, { outputBytes: DESCRIPTION_BYTES });
  const facts = readFacts(description.toString());
  const packets = createPacketReader(facts);
  await probe(file, packetArguments(file, facts.container), options, {
    outputBytes: PACKETS_BYTES,
    onLine: packets.read,
  });
  return packets.measured();
}

/** Other processes go first. */
const TIMES_CPU = 5;

/** Runs ffprobe on a file in the scratch folder. Returns what it prints, unless each line is handled. */
export function probe(
  file: string,
  args: readonly string[],
  { programs, scratch, limits, signal }: ProbeOptions,
  { outputBytes, ...output }: { outputBytes: number } & Pick<ProgramRun, 'onLine'>,
): Promise<Buffer> {
  const { memoryBytes, niceness, probeMs } = limits;
  return runProgram({
    program: programs.ffprobe,
    args,
    workingDirectory: scratch.path,
    files: { reads: [file] },
    limits: { memoryBytes, cpuSeconds: probeMs / 1_000, wallMs: TIMES_CPU * probeMs, outputBytes },
    ...{ niceness, signal },
    ...output,
  });
}
