import { COMMON_OPTIONS, type Command, type CommandGroup, type Options } from './arguments/command.ts';
import { EXIT } from './exit-codes.ts';

const ENVIRONMENT = {
  FFN_URL: 'the service (default http://127.0.0.1:8090)',
  FFN_API_KEY: 'API key',
  FFN_TOKEN: 'bearer token',
  FFMPEG_PATH: 'the local ffmpeg',
  NO_COLOR: 'no colours when it is set',
} as const;

/** Returns the text of `ffn --help`. */
export function help(commands: Readonly<Record<string, Command | CommandGroup>>): string {
  const names = helpRows(commands);
  const codes = Object.values(EXIT).map(({ code, means }) => row(String(code), means));
  const variables = Object.entries(ENVIRONMENT).map(([name, text]) => row(name, text));
  return `usage: ffn COMMAND [OPTIONS] [ARGUMENTS]

Transcode, play and control audio, and make videos, with an ffmpeg-functions service.

commands:
${names}

"ffn COMMAND --help" shows the options of a command.

options:
${row('-h, --help', 'show this help')}
${row('-v, --version', 'print the version')}

examples:
  ffn transcode song.mp3 -o song.opus --speed 1.25
  ffn play https://example.org/song.mp3
  ffn list --state active
  ffn job concat intro.mp4 talk.mov -o film.mp4

environment:
${variables.join('\n')}

exit codes:
${codes.join('\n')}

Results go to standard output, progress and errors to standard error. With --json, every line is one JSON object.`;
}

/** Returns the text of `ffn COMMAND --help`. */
export function commandHelp(name: string, { usage, help, notes, examples, options }: Command): string {
  const synopsis = `usage: ffn ${name} [OPTIONS] ${usage}`;
  return `${synopsis.trimEnd()}

${help}.${notes === undefined ? '' : `\n\n${notes}`}

options:
${rows({ ...options, ...COMMON_OPTIONS })}

examples:
${examples.map((example) => `  ffn ${name} ${example}`.trimEnd()).join('\n')}

"ffn --help" lists the environment variables and exit codes.`;
}

/** Returns the text of `ffn GROUP --help`. */
export function groupHelp(name: string, { help, examples, actions }: CommandGroup): string {
  return `usage: ffn ${name} ACTION [OPTIONS] [ARGUMENTS]

${help}.

actions:
${helpRows(actions)}

"ffn ${name} ACTION --help" shows the options of an action.

examples:
${examples.map((example) => `  ffn ${name} ${example}`).join('\n')}

"ffn --help" lists the environment variables and exit codes.`;
}

function helpRows(commands: Readonly<Record<string, { readonly help: string }>>): string {
  return Object.entries(commands)
    .map(([name, { help }]) => row(name, help))
    .join('\n');
}

function rows(options: Options): string {
  return Object.entries(options)
    .map(([name, { short, value, help }]) => {
      const names = [...(short === undefined ? [] : [`-${short}`]), `--${name}`].join(', ');
      return row(value === undefined ? names : `${names} ${value}`, help);
    })
    .join('\n');
}

function row(left: string, right: string): string {
  return `  ${left.padEnd(24)} ${right}`;
}
