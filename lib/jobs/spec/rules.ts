import { baseOf } from './base.ts';
import { SPEC_LIMITS } from './limits.ts';
import { type OutputSpec, outputOffences } from './outputs.ts';
import { pipOffences } from './pip-fields.ts';
import { rangeOffences } from './range-rule.ts';
import { clipsOf, type Step, type StepOf } from './steps.ts';
import { textOffences } from './text-rules.ts';
import { carriesSubtitles, FORMATS, type Format } from './vocabulary.ts';

/** A request whose fields are valid, one by one. */
export type Candidate = {
  readonly inputs: Readonly<Record<string, { readonly seconds?: number | undefined }>>;
  readonly base?: string | undefined;
  readonly steps: readonly Step[];
  readonly outputs: readonly OutputSpec[];
};

export type Offence = { readonly path: readonly PropertyKey[]; readonly message: string };

/** Returns what is wrong with a request as a whole. */
export function* offencesOf(request: Candidate): Generator<Offence> {
  for (const [index, step] of request.steps.entries()) yield* stepOffences(request, step, index);
  yield* baseOffences(request);
  for (const [index, output] of request.outputs.entries()) {
    for (const [field, message] of outputOffences(output)) yield { path: ['outputs', index, field], message };
    yield* sizeOffences(output, ['outputs', index]);
    if (request.outputs.findIndex(({ name }) => name === output.name) < index) {
      yield { path: ['outputs', index, 'name'], message: `two outputs have the name ${output.name}` };
    }
  }
}

function* stepOffences({ inputs, steps, outputs }: Candidate, step: Step, index: number): Generator<Offence> {
  const at = ['steps', index];
  for (const { path, clip } of clipsOf(step)) {
    const bare = path.length > 0 && !('from' in clip) && !('to' in clip);
    const where = [...at, ...path];
    if (!Object.hasOwn(inputs, clip.input)) {
      const message = `there is no input ${clip.input}; the inputs are ${Object.keys(inputs).join(', ')}`.slice(0, 400);
      yield { path: bare ? where : [...where, 'input'], message };
    } else yield* rangeOffences(clip, where);
  }
  if (step.op === 'concat' && index > 0) {
    const other = steps.slice(0, index).some(({ op }) => op === 'concat');
    yield { path: [...at, 'op'], message: other ? 'a job has at most one concat' : 'concat must be the first step' };
  }
  if (step.op === 'trim') {
    if (step.from === undefined && step.to === undefined) yield { path: at, message: 'trim needs from or to' };
    yield* rangeOffences(step, at);
  }
  if (step.op === 'pip') {
    yield* rangeOffences(step, at);
    for (const [field, message] of pipOffences(step)) yield { path: [...at, field], message };
  }
  if (step.op === 'scale') {
    if (step.width === undefined && step.height === undefined)
      yield { path: at, message: 'scale needs width or height' };
    yield* sizeOffences(step, at);
  }
  if (step.op === 'audio') yield* audioOffences(step, at);
  yield* textOffences(step, at);
  if (step.op === 'subtitles' && step.mode === 'embed' && !outputs.some(({ format }) => carriesSubtitles(format))) {
    const films = Object.keys(FORMATS).filter((format) => carriesSubtitles(format as Format));
    yield { path: [...at, 'mode'], message: `no output can carry subtitles; ${films.join(', ')} can` };
  }
}

function* audioOffences(step: StepOf<'audio'>, path: readonly PropertyKey[]): Generator<Offence> {
  const { mode, offset, to } = step;
  yield* rangeOffences(step, path);
  if (offset !== undefined && to !== undefined && offset >= to) {
    yield { path: [...path, 'offset'], message: `offset must be before to, which is ${to}` };
  }
  for (const field of mode === 'replace' ? (['original_volume', 'duck'] as const) : []) {
    if (step[field] !== undefined) yield { path: [...path, field], message: `${field} is only possible with mode mix` };
  }
}

function* sizeOffences(
  size: { width?: number | undefined; height?: number | undefined },
  path: readonly PropertyKey[],
) {
  const { width = 0, height = 0 } = size;
  if (width * height <= SPEC_LIMITS.pixels) return;
  yield { path: [...path, 'width'], message: `width × height must be at most ${SPEC_LIMITS.pixels} pixels` };
}

function* baseOffences(request: Candidate): Generator<Offence> {
  const { inputs, base, steps } = request;
  const [first] = steps;
  const joined = first?.op === 'concat' ? first.inputs.map(({ input }) => input) : undefined;
  if (base === undefined) {
    if (baseOf(request) !== undefined) return;
    const message = `the base picture is ambiguous: name an input in base, or join inputs with concat`;
    yield { path: ['base'], message };
  } else if (!Object.hasOwn(inputs, base)) yield { path: ['base'], message: `there is no input ${base}` };
  else if (joined !== undefined && !joined.includes(base)) {
    yield { path: ['base'], message: 'base must be one of the inputs of the concat' };
  }
}
