import { COMMON_OPTIONS, type Command, type Options } from './arguments/command.ts';
import { EXIT } from './exit-codes.ts';

/** What `ffn --help` prints. */
export function help(commands: Readonly<Record<string, Command>>): string {
  const names = Object.entries(commands).map(([name, { help }]) => row(name, help));
  const codes = Object.values(EXIT).map(({ code, means }) => row(String(code), means));
  return `usage: ffn COMMAND [ARGUMENTS]

commands (ffn COMMAND --help tells more):
${names.join('\n')}

exit codes:
${codes.join('\n')}

The service is FFN_URL (http://127.0.0.1:8090) or --url; FFN_API_KEY or FFN_TOKEN prove who asks. With --json each line
is an object; errors are one line on standard error. NO_COLOR is heeded.`;
}

/** What `ffn COMMAND --help` prints. */
export function commandHelp(name: string, { usage, help, options }: Command): string {
  return `usage: ffn ${name} ${usage}\n\n${help}\n\n${rows({ ...options, ...COMMON_OPTIONS })}`;
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
