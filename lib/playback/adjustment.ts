import { AppError } from '#lib/errors.ts';
import type { FilterCommand } from '#lib/ffmpeg/commands.ts';
import type { LiveChain } from '#lib/filters/audio.ts';
import { controlCommand, controlValues, inQuietOrder, nextValue, SPEED_FILTER } from '#lib/filters/live.ts';
import { withTimeout } from '#lib/with-timeout.ts';
import { adjustablesOf, merge, refuseFixed, without } from './filter-patch.ts';
import { chainFilters, type FilterPatch, type Filters } from './settings.ts';

/** The filters that are now in effect, and the output sample from which they apply. */
export type Adjusted = { readonly filters: Filters; readonly appliedAtSample: number };

/** Changes the filters of a stream while it plays. */
export type Adjustment = {
  /**
   * Resolves when ffmpeg has applied the whole patch. If calls overlap, the last one wins. Throws CONFLICT if a filter
   * is not adjustable in this stream or the stream has ended, and TIMEOUT if ffmpeg does not apply the change in time.
   */
  adjust(patch: FilterPatch): Promise<Adjusted>;
  /** The filters that ffmpeg has applied so far. */
  filters(): Filters;
  /** Applies the changes again, after ffmpeg has rebuilt the filter graph with its initial settings. */
  restate(): void;
};

export type AdjustmentOptions = {
  readonly initial: Filters;
  readonly adjust: LiveChain['adjust'];
  readonly sampleRate: number;
  /** Resolves when ffmpeg has confirmed the command. */
  readonly send: (command: FilterCommand) => Promise<void>;
  /** Second of output from which a change that ffmpeg confirms now is audible. */
  readonly heardFrom: () => number;
  /** Called when the speed changes at this second of output. */
  readonly onSpeed: (outSeconds: number, speed: number) => void;
  readonly timeoutMs: number;
};

/** A change in progress. */
type Change = {
  /** The part of the change that no later change has replaced. */
  patch: FilterPatch;
  /** The controls that have not reached their value yet. */
  readonly pending: Set<string>;
  /** Second of output from which it is audible: for the speed if that changes, else for the last control. */
  heardFrom: number | undefined;
  readonly settle: PromiseWithResolvers<Adjusted>;
};

export function createAdjustment(options: AdjustmentOptions): Adjustment {
  const { initial, adjust: adjustable, sampleRate, send, heardFrom, onSpeed, timeoutMs } = options;
  const valuesOf = (filters: Filters) => controlValues(chainFilters(filters), { adjust: adjustable, sampleRate });
  const taken = valuesOf(initial);
  /** The filters that ffmpeg has applied, and the filters after all pending changes. */
  let inForce = initial;
  let wanted = initial;
  /** Controls to change, the one that has waited longest first. */
  const queue = new Set<string>();
  let changes: Change[] = [];
  let working = false;
  let inFlight: string | undefined;

  /** Sets the wanted filters. Removes controls from the queue that already have the wanted value. */
  function want(filters: Filters): void {
    wanted = filters;
    const values = [...valuesOf(filters)];
    const changing = values.map(([target, to]) => ({ target, from: taken.get(target) ?? to, to }));
    for (const { target, from, to } of inQuietOrder(changing)) {
      if (from !== to || target === inFlight) queue.add(target);
      else if (queue.delete(target)) tick(target);
    }
  }

  /** Sends one command at a time: ffmpeg reads one every 100 ms anyway, and later changes may replace queued ones. */
  async function work(): Promise<void> {
    if (working) return;
    working = true;
    // The iteration includes controls that are added during it.
    for (const control of queue) {
      queue.delete(control);
      await take(control).catch(refuse);
    }
    working = false;
  }

  /** Sends the next command to a control. The control stays queued until it has the wanted value. */
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

  /** Marks a control as done in all changes that wait for it. */
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

  /** Drops all pending changes. What ffmpeg has already applied stays in effect. */
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
  const seconds = ms / 1_000;
  const message = `ffmpeg did not apply the change within ${seconds} seconds: the source or the client is too slow`;
  throw new AppError('TIMEOUT', { part: 'ffmpeg', limit_seconds: seconds }, { message });
}
