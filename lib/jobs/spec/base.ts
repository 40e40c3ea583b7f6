import { addedTo, clipsOf, type Step } from './steps.ts';

/** The parts of a request that decide which inputs are used. */
export type InputUse = {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly base?: string | undefined;
  readonly steps: readonly Step[];
};

/**
 * Returns the input whose picture the timeline has: the named one, else the first of `concat`, else the only one that no
 * step adds as sound or as subtitles. Undefined when several could be it.
 */
export function baseOf({ inputs, base, steps }: InputUse): string | undefined {
  if (base !== undefined) return base;
  const [first] = steps;
  if (first?.op === 'concat') return first.inputs[0]?.input;
  const names = Object.keys(inputs);
  const added = new Set(steps.flatMap((step) => addedTo(step).map(({ clip }) => clip.input)));
  const [only, other] = names.length === 1 ? names : names.filter((name) => !added.has(name));
  return other === undefined ? only : undefined;
}

/** Returns the inputs that a job uses: those of its steps, and its base. */
export function usedInputs(request: InputUse): string[] {
  return [...new Set([...mediaInputs(request), ...textInputs(request)])];
}

/** Returns the inputs of which a job uses the picture or the sound. */
export function mediaInputs(request: InputUse): string[] {
  const base = baseOf(request);
  const media = request.steps.filter(({ op }) => op !== 'subtitles');
  const used = media.flatMap((step) => clipsOf(step).map(({ clip }) => clip.input));
  return [...new Set([...(base === undefined ? [] : [base]), ...used])];
}

/** Returns the inputs that a job uses as subtitles. */
export function textInputs({ steps }: Pick<InputUse, 'steps'>): string[] {
  return [
    ...new Set(steps.flatMap((step) => (step.op === 'subtitles' && step.input !== undefined ? [step.input] : []))),
  ];
}
