import type { JobPlan, PlannedFile, PlannedOutput } from './job-plan.ts';

type Outputs = Pick<JobPlan, 'outputs'>;

/**
 * Returns the files that a plan encodes, in the order of the request. Two packages that need the same file share it.
 */
export function filesOf({ outputs }: Outputs): PlannedFile[] {
  const files = outputs.flatMap(partsOf);
  return files.filter((file, index) => files.findIndex((other) => isSame(other, file)) === index);
}

/** Returns, for each output, the places of its files in `filesOf`. */
export function placesOf(plan: Outputs): number[][] {
  const files = filesOf(plan);
  return plan.outputs.map((output) => partsOf(output).map((part) => files.findIndex((file) => isSame(file, part))));
}

function partsOf(output: PlannedOutput): PlannedFile[] {
  if (output.kind !== 'package') return [output];
  return output.sound === null ? [...output.films] : [...output.films, output.sound];
}

function isSame(one: PlannedFile, other: PlannedFile): boolean {
  if (one === other) return true;
  const packaged = 'packaged' in one && 'packaged' in other;
  return packaged && JSON.stringify(one) === JSON.stringify(other);
}
