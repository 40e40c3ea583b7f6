import type { FilterCommand } from '#lib/ffmpeg/commands.ts';
import { type Equalization, equalizerSections, filterOf } from './equalizer.ts';
import { decimal } from './numbers.ts';

/** What can be changed while a stream plays. `equalizer` includes the presets. */
export const ADJUSTABLE = ['speed', 'pitch', 'equalizer', 'volume'] as const;
export type Adjustable = (typeof ADJUSTABLE)[number];

/** Instance names of the filters that take commands, as used in the graph and in commands. */
export const SPEED_FILTER = 'atempo@speed';
export const PITCH_FILTER = 'rubberband@pitch';
export const VOLUME_FILTER = 'volume@volume';

/** The parameter of each filter that commands change. */
const PARAMETERS: Readonly<Record<string, string>> = {
  atempo: 'tempo',
  rubberband: 'pitch',
  bass: 'gain',
  treble: 'gain',
  equalizer: 'gain',
  volume: 'volume',
};

export type AudioFilters = Equalization & {
  /** Tempo, 0.5–2.0; the pitch stays the same. */
  readonly speed: number;
  /** Semitones, −12–12; the tempo stays the same. */
  readonly pitch: number;
  /** Factor, 0.0–2.0. */
  readonly volume: number;
};

/** Returns the name of each filter that takes commands, with the value of its parameter for these settings. */
export function controlValues(
  filters: AudioFilters,
  { adjust, sampleRate }: { adjust: readonly Adjustable[]; sampleRate: number },
): Map<string, number> {
  const values: Readonly<Record<Adjustable, () => (readonly [string, number])[]>> = {
    speed: () => [[SPEED_FILTER, filters.speed]],
    pitch: () => [[PITCH_FILTER, frequencyRatio(filters.pitch)]],
    equalizer: () => equalizerSections(filters, sampleRate).map(({ name, gain }) => [name, gain]),
    volume: () => [[VOLUME_FILTER, filters.volume]],
  };
  return new Map(adjust.flatMap((name) => values[name]()));
}

/** Returns the ratio of frequencies that are `semitones` apart. */
export function frequencyRatio(semitones: number): number {
  return 2 ** (semitones / 12);
}

/** A change of a filter's parameter from one value to another. */
export type ControlChange = { readonly target: string; readonly from: number; readonly to: number };

/**
 * Sorts changes into the order in which they are least audible. Falling gains come first, from the lowest frequency up;
 * rising gains come last, from the highest frequency down. Each change causes a transient, which is small compared with
 * the bands that are still, or already, loud.
 */
export function inQuietOrder(changes: readonly ControlChange[]): ControlChange[] {
  const rises = ({ target, from, to }: ControlChange): boolean => parameterOf(target) === 'gain' && to > from;
  return [...changes.filter((change) => !rises(change)), ...changes.filter(rises).reverse()];
}

/** Largest rise of a gain in one step, dB: the transient of a larger one is audible over the music. */
const LARGEST_RISE_DB: Readonly<Record<string, number>> = { bass: 9, treble: 4.4, equalizer: 6.5 };

/** Returns the value to which the next command sets the parameter. Large rises take several steps. */
export function nextValue({ target, from, to }: ControlChange): number {
  const largest = LARGEST_RISE_DB[filterOf(target)] ?? Number.POSITIVE_INFINITY;
  const steps = Math.max(1, Math.ceil((to - from) / largest));
  return steps === 1 ? to : from + (to - from) / steps;
}

/** Returns the command that changes a filter's parameter. */
export function controlCommand({ target, from, to }: ControlChange): FilterCommand {
  const argument = target === VOLUME_FILTER ? volumeRamp(from, to) : decimal(to);
  return { target, command: parameterOf(target), argument };
}

function parameterOf(target: string): string {
  return PARAMETERS[filterOf(target)] ?? '';
}

/** A sudden step in the volume clicks; a ramp over this time does not. */
const RAMP_SECONDS = 0.1;

/** Returns an expression whose ramp starts when it is first evaluated. Each command starts with empty variables. */
function volumeRamp(from: number, to: number): string {
  return `if(eq(ld(0),0),st(0,t),0);${decimal(from)}+(${decimal(to - from)})*min(1,(t-ld(0))/${RAMP_SECONDS})`;
}

/** Returns a volume that commands can change. It is evaluated once a frame: long frames would make the ramp uneven. */
export function adjustableVolume(volume: number, sampleRate: number): string[] {
  return [frames(sampleRate, RAMP_STEPS_PER_SECOND), `${VOLUME_FILTER}=volume=${decimal(volume)}:eval=frame`];
}

/** Each step of the ramp is a small jump. At this rate it is small compared with the signal itself, down to 60 Hz. */
const RAMP_STEPS_PER_SECOND = 2_000;
const PACED_FRAMES_PER_SECOND = 50;
const PROMPT_FRAMES_PER_SECOND = 100;

/** Returns a filter that shortens frames: a command applies to whole frames, and decoders return up to a second. */
export function promptFrames(sampleRate: number): string {
  return frames(sampleRate, PROMPT_FRAMES_PER_SECOND);
}

/** Returns a filter that makes frames of 1/`perSecond` seconds. The last one may be shorter. */
function frames(sampleRate: number, perSecond: number): string {
  return `asetnsamples=n=${Math.round(sampleRate / perSecond)}:p=0`;
}

/**
 * Paces the output to real time, `leadSeconds` ahead of it. For the lead, the timestamps stand still for that long
 * before `arealtime` and are restored after it. After a stall of any length the output catches up (`limit`). A chain
 * that begins after the first second has been rebuilt: it already has its lead and continues from there. The last
 * filter prints the start time of a chain, because a new chain needs the commands again.
 */
export function pacingFilters(leadSeconds: number, sampleRate: number): string[] {
  const lead = `${decimal(leadSeconds)}/TB*not(trunc(STARTPTS*TB))`;
  return [
    frames(sampleRate, PACED_FRAMES_PER_SECOND),
    `asetpts='STARTPTS+max(0,round(N/SR/TB)-${lead})'`,
    'arealtime=limit=3600',
    "asetpts='STARTPTS+round(N/SR/TB)+0*if(N,0,print(STARTPTS*TB))'",
  ];
}

/** Returns whether a line of ffmpeg's log is the start time that a paced chain prints. */
export function isChainStart(line: string): boolean {
  return /^\d+\.\d{6}$/.test(line);
}
