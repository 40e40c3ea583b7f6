import { AppError } from '#lib/errors.ts';

/** A command for one filter of a running graph. `target` is its full instance name, such as `atempo@speed`. */
export type FilterCommand = { readonly target: string; readonly command: string; readonly argument: string };

/** Sends commands to the standard input of an ffmpeg and reads the replies from its log. */
export type CommandChannel = {
  /**
   * Resolves when ffmpeg has applied the command. It checks for commands every 100 ms, between two packets of input.
   * Throws FFMPEG_ERROR when ffmpeg refuses the command, CONFLICT (`state`) when the process has ended.
   */
  send(command: FilterCommand): Promise<void>;
  /** Reads one line of the log. */
  read(line: string): void;
  /** Rejects all pending and later commands, because the process has ended. */
  close(state: EndedState): void;
};

/** How the process ended, as a CONFLICT reports it. */
type EndedState = 'completed' | 'failed';

/** The limits of ffmpeg's parser (`ffmpeg.c`, check_keyboard_interaction). */
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

/** Throws for a command that ffmpeg would parse differently, which is a bug in the caller. */
function refuseUnspeakable(parts: FilterCommand): void {
  for (const [name, longest] of Object.entries(LONGEST)) {
    const text = parts[name as keyof FilterCommand];
    const hasSpace = name !== 'argument' && /\s/.test(text);
    const isBad = text === '' || text.length > longest || hasSpace || /[\r\n]/.test(text);
    if (isBad) throw new Error(`invalid ${name} of a filter command: ${text}`);
  }
}

function refusal({ target, command }: FilterCommand, exitCode: number): AppError {
  const details = { filter: target, command, ret: exitCode };
  return new AppError('FFMPEG_ERROR', details, { message: 'ffmpeg refused the filter change' });
}

function hasEnded(state: EndedState): AppError {
  return new AppError('CONFLICT', { state }, { message: 'the stream has ended' });
}
