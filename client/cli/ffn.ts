#!/usr/bin/env node
import { createRequire } from 'node:module';
import { chosenAction } from './arguments/actions.ts';
import { type Command, type CommandGroup, parse, textOf } from './arguments/command.ts';
import { health } from './commands/health.ts';
import { job } from './commands/job.ts';
import { list } from './commands/list.ts';
import { logs } from './commands/logs.ts';
import { play } from './commands/play.ts';
import { set } from './commands/set.ts';
import { stop } from './commands/stop.ts';
import { transcode } from './commands/transcode.ts';
import { usage } from './commands/usage.ts';
import { EXIT, exitCodeOf, Interruption, usageError } from './exit-codes.ts';
import { commandHelp, groupHelp, help } from './help.ts';
import { isStandardOutput, outputError } from './output/output-file.ts';
import { createReport } from './output/report.ts';

/** The commands of `ffn`. */
const COMMANDS: Readonly<Record<string, Command | CommandGroup>> = {
  transcode,
  play,
  set,
  stop,
  list,
  logs,
  job,
  health,
  usage,
};

const [name = '', ...args] = process.argv.slice(2);
let report = createReport({ isJson: [name, ...args].includes('--json'), isOutputTaken: false });
// The reader of standard output may close it, as `head` does.
process.stdout.on('error', (error) => process.exit(fail(outputError('standard output', error))));
process.stderr.on('error', () => process.exit(EXIT.local.code));
process.exitCode = await main();

async function main(): Promise<number> {
  if (['--help', '-h', 'help'].includes(name)) return print(help(COMMANDS));
  if (['--version', '-v'].includes(name)) return print(version());
  const abort = new AbortController();
  using _signals = abortedBySignals(abort);
  try {
    const found = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (found === undefined)
      throw usageError(`${name === '' ? 'no command given' : `unknown command "${name}"`}; see ffn --help`);
    const chosen = 'actions' in found ? chosenAction(name, found, args) : { name, command: found, args };
    if (chosen === undefined) return print(groupHelp(name, found as CommandGroup));
    const { command } = chosen;
    const { positionals, values } = parse(command, chosen.args);
    if (values['help'] === true) return print(commandHelp(chosen.name, command));
    report = createReport({
      isJson: values['json'] === true,
      isOutputTaken: isStandardOutput(textOf(values, 'output') ?? ''),
    });
    const [least, most] = command.takes;
    if (positionals.length < least || positionals.length > most)
      throw usageError(`usage: ffn ${chosen.name} ${command.usage}`.trimEnd());
    await command.run({ positionals, values, report, signal: abort.signal });
    return 0;
  } catch (error) {
    return fail(abort.signal.aborted ? abort.signal.reason : error);
  }
}

/** Returns the version of the package that contains this file, bundled or not. */
function version(): string {
  return createRequire(import.meta.url)('ffmpeg-functions/package.json').version;
}

function print(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
}

function fail(error: unknown): number {
  report.error(error);
  return exitCodeOf(error);
}

/** The first signal aborts the command and cleans up; the same signal again ends the process at once. */
function abortedBySignals(abort: AbortController): Disposable {
  const listeners = (['SIGINT', 'SIGTERM'] as const).map((signal) => {
    const listener = () => abort.abort(new Interruption(signal));
    process.once(signal, listener);
    return () => process.off(signal, listener);
  });
  return {
    [Symbol.dispose]() {
      for (const remove of listeners) remove();
    },
  };
}
