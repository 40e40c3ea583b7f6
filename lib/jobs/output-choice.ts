import { AppError } from '#lib/errors.ts';

/** Returns the output with this name, or the only one without a name. Throws VALIDATION_ERROR. */
export function chosenOutput<Output extends { readonly name: string }>(
  outputs: readonly Output[],
  name: string | undefined,
): Output {
  const [first, ...others] = outputs;
  const chosen = name === undefined && others.length === 0 ? first : outputs.find((output) => output.name === name);
  if (chosen !== undefined) return chosen;
  const message = `output must be one of ${outputs.map((output) => output.name).join(', ')}`;
  const offence = { field: 'output', ...(name === undefined ? {} : { value: name }) };
  throw new AppError('VALIDATION_ERROR', { ...offence, errors: [{ ...offence, message }] }, { message });
}
