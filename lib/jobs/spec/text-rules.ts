import { rangeOffences } from './range-rule.ts';
import type { Step, StepOf } from './steps.ts';
import type { StyleSpec } from './text-fields.ts';

type Path = readonly PropertyKey[];
type Found = Generator<{ readonly path: Path; readonly message: string }>;

/** Returns what is wrong with a step that writes on the picture or adds subtitles. `at`: where the step stands. */
export function* textOffences(step: Step, at: Path): Found {
  if (step.op === 'text') {
    yield* rangeOffences(step, at);
    yield* styleOffences(step, at);
  }
  if (step.op === 'subtitles') yield* subtitleOffences(step, at);
}

function* subtitleOffences(step: StepOf<'subtitles'>, at: Path): Found {
  const { mode, input, cues, style = {}, encoding } = step;
  if ((input === undefined) === (cues === undefined)) yield { path: at, message: 'give either input or cues' };
  if (cues !== undefined && encoding !== undefined) {
    yield { path: [...at, 'encoding'], message: 'encoding is that of an input, and the cues have none' };
  }
  if (mode === 'embed' && step.style !== undefined) {
    yield { path: [...at, 'style'], message: 'style is for mode burn: players decide how embedded subtitles look' };
  }
  if (mode === 'burn' && step.default) {
    yield { path: [...at, 'default'], message: 'default is for mode embed: burned subtitles are always shown' };
  }
  yield* styleOffences(style, [...at, 'style']);
  for (const [index, cue] of (cues ?? []).entries()) yield* rangeOffences(cue, [...at, 'cues', index]);
}

function* styleOffences({ x, y, position }: StyleSpec, path: Path): Found {
  if ((x === undefined) !== (y === undefined)) {
    const [missing, given] = x === undefined ? ['x', 'y'] : ['y', 'x'];
    yield { path: [...path, missing], message: `${given} needs ${missing}` };
  }
  if (x !== undefined && position !== undefined) {
    yield { path: [...path, 'position'], message: 'position excludes x and y' };
  }
}
