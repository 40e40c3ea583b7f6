/** One kind of attack on the service of this machine. */
export type Attack = {
  /** What is attacked, and what must hold. */
  readonly about: string;
  run(options: AttackOptions): Promise<Result>;
};

export type AttackOptions = {
  /** How long an attack that needs time lasts. */
  readonly seconds: number;
  /** Factor for limits of time: 1 on a quiet machine. */
  readonly slack: number;
};

export type Result = {
  /** What was measured, in a few words. */
  readonly figure: string;
  /** What did not hold; empty when everything did. */
  readonly broken: readonly string[];
};

/** Thrown by an attack that this machine cannot run. The message is the reason. */
export class Skipped extends Error {}

/** Collects what does not hold. */
export type Checks = {
  /** Adds the text unless the condition holds. */
  expect(holds: boolean, text: string): void;
  /** The result with this figure. `{checks}` in it stands for the number of checks. */
  result(figure: string): Result;
};

export function createChecks(): Checks {
  const broken: string[] = [];
  let count = 0;
  return {
    expect(holds, text) {
      count += 1;
      if (!holds) broken.push(text);
    },
    result: (figure) => ({ figure: figure.replace('{checks}', String(count)), broken }),
  };
}
