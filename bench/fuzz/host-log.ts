/** An offence in the output of a host. */
export type LogFinding = { readonly offence: string; readonly requestId: string | undefined };

/** Signals for a program's own faults. */
const FAULTS: ReadonlySet<unknown> = new Set(['SIGSEGV', 'SIGABRT', 'SIGFPE', 'SIGBUS', 'SIGILL', 'SIGTRAP', 'SIGSYS']);
/** A shell in between reports a signal as 128 plus its number. */
const FAULT_EXITS: ReadonlySet<unknown> = new Set([132, 133, 134, 135, 136, 139, 159]);

type Line = {
  readonly level?: string;
  readonly msg?: string;
  readonly request_id?: string;
  readonly code?: string;
  readonly err?: { readonly stack?: string; readonly message?: string };
  readonly details?: {
    readonly signal?: string | null;
    readonly exit_code?: number | null;
    readonly log?: readonly string[];
  };
};

/** Returns the defect or the crash of ffmpeg in a line of a host's output; undefined for an acceptable line. */
export function findingOf(text: string): LogFinding | undefined {
  if (text.trim() === '') return undefined;
  const line = parsed(text);
  if (line === undefined) return { offence: `the host printed: ${text.slice(0, 500)}`, requestId: undefined };
  const { level, msg, code, err, details = {}, request_id: requestId } = line;
  if (level === 'error' || code === 'INTERNAL_ERROR') {
    return {
      offence: `logged as a defect: ${msg}: ${err?.stack ?? err?.message ?? code ?? text.slice(0, 500)}`,
      requestId,
    };
  }
  if (!FAULTS.has(details.signal) && !FAULT_EXITS.has(details.exit_code)) return undefined;
  const how = details.signal ?? `exit code ${details.exit_code}`;
  return { offence: `ffmpeg crashed (${how}): ${details.log?.slice(-3).join(' | ')}`, requestId };
}

function parsed(text: string): Line | undefined {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return undefined;
  }
}

/** Returns the complete lines that were printed since the last call. */
export function newLines(printed: () => string): () => string[] {
  let read = 0;
  return () => {
    const text = printed().slice(read);
    const end = text.lastIndexOf('\n') + 1;
    read += end;
    return end === 0 ? [] : text.slice(0, end - 1).split('\n');
  };
}
