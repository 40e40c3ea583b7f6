import { AppError } from '#lib/errors.ts';

/** A command to one filter of a running graph; `target` is the filter's full instance name, as in `atempo@speed`. */
export type FilterCommand = { readonly target: string; readonly command: string; readonly argument: string };

/** Hands commands to an ffmpeg that reads them from its standard input, and reads its answers from its log. */
export type CommandChannel = {
  /**
   * Resolves when ffmpeg has taken the command: it looks for one every 100 ms, between two pieces of
   * input. Throws FFMPEG_ERROR when it refuses, CONFLICT (`state`) when it has ended.
   */
  send(command: FilterCommand): Promise<void>;
  /** Takes one line of the log. */
  read(line: string): void;
  /** Rejects the commands that wait for an answer, and all later ones: the process has ended. */
  close(state: EndedState): void;
};

/** How the process has ended, as a CONFLICT reports it. */
type EndedState = 'completed' | 'failed';

/** As ffmpeg's parser bounds them (`ffmpeg.c`, check_keyboard_interaction). */
const LONGEST = { target: 63, command: 255, argument: 255 } as const;
const REPLY = /^Command reply for stream \d+: ret:(-?\d+)/;
const ALL_TIMES = '-1';

type Waiting = { readonly command: FilterCommand; readonly resolve: () => void; readonly reject: (e: Error) => void };

export function createCommandChannel(write: (text: string) => void): CommandChannel {
  const waiting: Waiting[] = [];
  let ended: EndedState | undefined;
  return {
    async send(command) {
      const { target, argument } = command;
      refuseUnspeakable(command);
      if (ended !== undefined) throw hasEnded(ended);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      waiting.push({ command, resolve, reject });
      write(`c${target} ${ALL_TIMES} ${command.command} ${argument}\n`);
      await promise;
    },
    read(line) {
      const [, code] = REPLY.exec(line) ?? [];
      if (code === undefined) return;
      const answered = waiting.shift();
      if (code === '0') answered?.resolve();
      else answered?.reject(refusal(answered.command, Number(code)));
    },
    close(state) {
      ended = state;
      for (const { reject } of waiting.splice(0)) reject(hasEnded(state));
    },
  };
}

/** Throws for what ffmpeg would read as something else: a defect of the caller. */
function refuseUnspeakable(parts: FilterCommand): void {
  for (const [name, longest] of Object.entries(LONGEST)) {
    const text = parts[name as keyof FilterCommand];
    const hasSpace = name !== 'argument' && /\s/.test(text);
    const isBad = text === '' || text.length > longest || hasSpace || /[\r\n]/.test(text);
    if (isBad) throw new Error(`bad ${name}: ${text}`);
  }
}

function refusal({ target, command }: FilterCommand, exitCode: number): AppError {
  const details = { filter: target, command, ret: exitCode };
  return new AppError('FFMPEG_ERROR', details, { message: 'ffmpeg refused the change' });
}

function hasEnded(state: EndedState): AppError {
  return new AppError('CONFLICT', { state }, { message: 'the stream has ended' });
}
