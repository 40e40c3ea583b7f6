import { parseArgs } from 'node:util';
import { usageError } from '../exit-codes.ts';
import { COMMON_OPTIONS, type Command, type CommandGroup, type Options } from './command.ts';

type Chosen = {
  /** The name of the group and of the action. */
  readonly name: string;
  readonly command: Command;
  /** The arguments without the name of the action. */
  readonly args: readonly string[];
};

/**
 * Returns the action of a group that the arguments name; undefined when they ask for the help of the group. Options may
 * precede the action, as in `ffn job --json list`. Throws a usage error for an unknown or missing action.
 */
export function chosenAction(group: string, { actions }: CommandGroup, args: readonly string[]): Chosen | undefined {
  const all = Object.values(actions).map(({ options }) => options);
  const options: Options = Object.assign({}, ...all, COMMON_OPTIONS);
  const { tokens, values } = parseArgs({ args: [...args], options, strict: false, tokens: true });
  const first = tokens.find(({ kind }) => kind === 'positional');
  if (first?.kind !== 'positional') {
    if (values['help'] === true) return undefined;
    throw usageError(`no action given; see ffn ${group} --help`);
  }
  const { value: action, index } = first;
  const command = Object.hasOwn(actions, action) ? actions[action] : undefined;
  if (command === undefined) throw usageError(`unknown action "${action}"; see ffn ${group} --help`);
  return { name: `${group} ${action}`, command, args: args.toSpliced(index, 1) };
}
