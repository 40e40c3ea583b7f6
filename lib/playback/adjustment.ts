import { AppError } from '#lib/errors.ts';
import type { FilterCommand } from '#lib/ffmpeg/commands.ts';
import type { LiveChain } from '#lib/filters/audio.ts';
import { controlCommand, controlValues, inQuietOrder, nextValue, SPEED_FILTER } from '#lib/filters/live.ts';
import { withTimeout } from '#lib/with-timeout.ts';
import { adjustablesOf, merge, refuseFixed, without } from './filter-patch.ts';
import { chainFilters, type FilterPatch, type Filters } from './settings.ts';

/** The filters as they are now in force, and the sample of the output from which they are. */
export type Adjusted = { readonly filters: Filters; readonly appliedAtSample: number };

/** The filters of a stream that plays. */
export type Adjustment = {
  /**
   * Resolves when ffmpeg has taken every change. Changes that overlap end in the state of the last one. Throws CONFLICT
   * for what may not change in this stream, or when it has ended; TIMEOUT when ffmpeg takes nothing.
   */
  adjust(patch: FilterPatch): Promise<Adjusted>;
  /** What ffmpeg has taken so far. */
  filters(): Filters;
  /** The graph was built anew, with the settings it began with: they are changed again to what they should be. */
  restate(): void;
};

export type AdjustmentOptions = {
  readonly initial: Filters;
  readonly adjust: LiveChain['adjust'];
  readonly sampleRate: number;
  /** Resolves when ffmpeg has taken it. */
  readonly send: (command: FilterCommand) => Promise<void>;
  /** Seconds of output from which a change that was taken now is heard. */
  readonly heardFrom: () => number;
  /** Called when another speed begins at this second of output. */
  readonly onSpeed: (outSeconds: number, speed: number) => void;
  readonly timeoutMs: number;
};

/** A change that is waited for: the controls it has not seen taken yet. */
type Change = {
  /** What of it no later change has replaced. */
  patch: FilterPatch;
  readonly pending: Set<string>;
  /** Seconds of output: of the speed, where it changes, else of the last control. */
  heardFrom: number | undefined;
  readonly settle: PromiseWithResolvers<Adjusted>;
};

export function createAdjustment(options: AdjustmentOptions): Adjustment {
  const { initial, adjust: adjustable, sampleRate, send, heardFrom, onSpeed, timeoutMs } = options;
  const valuesOf = (filters: Filters) => controlValues(chainFilters(filters), { adjust: adjustable, sampleRate });
  const taken = valuesOf(initial);
  /** What ffmpeg has taken, and what it is to have taken when all is done. */
  let inForce = initial;
  let wanted = initial;
  /** Controls to be changed, the one that has waited longest first. */
  const queue = new Set<string>();
  let changes: Change[] = [];
  let working = false;
  let inFlight: string | undefined;

  /** Sets what is wanted; what waited to be changed and is right as it is need not wait any more. */
  function want(filters: Filters): void {
    wanted = filters;
    const values = [...valuesOf(filters)];
    const changing = values.map(([target, to]) => ({ target, from: taken.get(target) ?? to, to }));
    for (const { target, from, to } of inQuietOrder(changing)) {
      if (from !== to || target === inFlight) queue.add(target);
      else if (queue.delete(target)) tick(target);
    }
  }

  /** One command after another: ffmpeg takes one every 100 ms anyway, and later changes may replace what waits. */
  async function work(): Promise<void> {
    if (working) return;
    working = true;
    // What is added on the way is visited, too.
    for (const control of queue) {
      queue.delete(control);
      await take(control).catch(refuse);
    }
    working = false;
  }

  /** Sends the next command to a control; it stays in the queue until it is where it should be. */
  async function take(target: string): Promise<void> {
    const from = taken.get(target) ?? 0;
    const to = nextValue({ target, from, to: valuesOf(wanted).get(target) ?? from });
    if (from !== to) {
      inFlight = target;
      await send(controlCommand({ target, from, to })).finally(() => {
        inFlight = undefined;
      });
      taken.set(target, to);
      if (target === SPEED_FILTER) onSpeed(heardFrom(), to);
    }
    if (valuesOf(wanted).get(target) === to) tick(target);
    else queue.add(target);
  }

  /** The changes that wait for a control need not wait for it any more. */
  function tick(control: string): void {
    for (const change of changes) {
      if (!change.pending.delete(control)) continue;
      if (control === SPEED_FILTER || change.patch.speed === undefined) change.heardFrom = heardFrom();
      if (change.pending.size === 0) finish(change);
    }
  }

  function finish(change: Change): void {
    changes = changes.filter((other) => other !== change);
    inForce = merge(inForce, change.patch);
    const seconds = change.heardFrom ?? heardFrom();
    change.settle.resolve({ filters: inForce, appliedAtSample: Math.round(seconds * sampleRate) });
  }

  /** Nothing more is changed: what ffmpeg has taken stays. */
  function refuse(error: unknown): void {
    queue.clear();
    wanted = inForce;
    for (const { settle } of changes) settle.reject(error);
    changes = [];
  }

  function controlsOf(patch: FilterPatch): string[] {
    const adjust = adjustablesOf(patch).filter((name) => adjustable.includes(name));
    return [...controlValues(chainFilters(wanted), { adjust, sampleRate }).keys()];
  }

  return {
    filters: () => inForce,
    async adjust(patch) {
      refuseFixed(patch, { filters: wanted, adjustable });
      for (const change of changes) change.patch = without(change.patch, patch);
      want(merge(wanted, patch));
      const pending = new Set(controlsOf(patch).filter((control) => queue.has(control)));
      const change: Change = { patch, pending, heardFrom: undefined, settle: Promise.withResolvers() };
      if (pending.size === 0) finish(change);
      else changes = [...changes, change];
      void work();
      return await withTimeout(timeoutMs, change.settle.promise, () => notTaken(timeoutMs));
    },
    restate() {
      for (const [control, value] of valuesOf(initial)) taken.set(control, value);
      want(wanted);
      void work();
    },
  };
}

function notTaken(ms: number): never {
  const message = 'ffmpeg has not taken the change in time: it waits for its source, or for its reader';
  throw new AppError('TIMEOUT', { part: 'ffmpeg', limit_seconds: ms / 1_000 }, { message });
}
