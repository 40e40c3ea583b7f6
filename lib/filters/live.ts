import type { FilterCommand } from '#lib/ffmpeg/commands.ts';
import { type Equalization, equalizerSections, filterOf } from './equalizer.ts';
import { decimal } from './numbers.ts';

/** What may be changed while a stream plays; `equalizer` covers the presets. */
export const ADJUSTABLE = ['speed', 'pitch', 'equalizer', 'volume'] as const;
export type Adjustable = (typeof ADJUSTABLE)[number];

/** Names of the filters that take commands, as the graph and the commands know them. */
export const SPEED_FILTER = 'atempo@speed';
export const PITCH_FILTER = 'rubberband@pitch';
export const VOLUME_FILTER = 'volume@volume';

/** The one parameter of each filter that is changed. */
const PARAMETERS: Readonly<Record<string, string>> = {
  atempo: 'tempo',
  rubberband: 'pitch',
  bass: 'gain',
  treble: 'gain',
  equalizer: 'gain',
  volume: 'volume',
};

export type AudioFilters = Equalization & {
  /** Tempo, 0.5–2.0; the pitch stays. */
  readonly speed: number;
  /** Semitones, −12–12; the tempo stays. */
  readonly pitch: number;
  /** Factor, 0.0–2.0. */
  readonly volume: number;
};

/** Every filter that takes commands, by its name, with the value its parameter has for these settings. */
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

/** The ratio of frequencies that are `semitones` apart. */
export function frequencyRatio(semitones: number): number {
  return 2 ** (semitones / 12);
}

/** A filter's parameter on its way from one value to another. */
export type ControlChange = { readonly target: string; readonly from: number; readonly to: number };

/**
 * The order in which changes are least heard: gains that fall go first, from the lowest frequency up, those that rise
 * go last, from the highest down. Each leaves a transient, which is small compared with what is still, or already, loud.
 */
export function inQuietOrder(changes: readonly ControlChange[]): ControlChange[] {
  const rises = ({ target, from, to }: ControlChange): boolean => parameterOf(target) === 'gain' && to > from;
  return [...changes.filter((change) => !rises(change)), ...changes.filter(rises).reverse()];
}

/** Rise of a gain that is taken in one step, dB: a higher one leaves a transient that is heard over what is played. */
const LARGEST_RISE_DB: Readonly<Record<string, number>> = { bass: 9, treble: 4.4, equalizer: 6.5 };

/** The value that one command takes a filter's parameter to: not always the whole way. */
export function nextValue({ target, from, to }: ControlChange): number {
  const largest = LARGEST_RISE_DB[filterOf(target)] ?? Number.POSITIVE_INFINITY;
  const steps = Math.max(1, Math.ceil((to - from) / largest));
  return steps === 1 ? to : from + (to - from) / steps;
}

/** The command that changes a filter's parameter. */
export function controlCommand({ target, from, to }: ControlChange): FilterCommand {
  const argument = target === VOLUME_FILTER ? volumeRamp(from, to) : decimal(to);
  return { target, command: parameterOf(target), argument };
}

function parameterOf(target: string): string {
  return PARAMETERS[filterOf(target)] ?? '';
}

/** A step in the volume clicks; over this time it does not. */
const RAMP_SECONDS = 0.1;

/** An expression that begins to count when it is first evaluated; a new command starts with an empty memory. */
function volumeRamp(from: number, to: number): string {
  return `if(eq(ld(0),0),st(0,t),0);${decimal(from)}+(${decimal(to - from)})*min(1,(t-ld(0))/${RAMP_SECONDS})`;
}

/** A volume that a command can change: it is evaluated for each frame; in long frames the ramp would be stairs. */
export function adjustableVolume(volume: number, sampleRate: number): string[] {
  return [frames(sampleRate, RAMP_STEPS_PER_SECOND), `${VOLUME_FILTER}=volume=${decimal(volume)}:eval=frame`];
}

/** Each step of the ramp is a small jump: with this many of them, down to 60 Hz it is small beside the sound's own movement. */
const RAMP_STEPS_PER_SECOND = 2_000;
const PACED_FRAMES_PER_SECOND = 50;
const PROMPT_FRAMES_PER_SECOND = 100;

/** A command takes effect at a frame: decoders give frames of up to a second, of which the rest would be as it was. */
export function promptFrames(sampleRate: number): string {
  return frames(sampleRate, PROMPT_FRAMES_PER_SECOND);
}

/** Frames of one length, 1/`perSecond` of a second; the last one may be shorter. */
function frames(sampleRate: number, perSecond: number): string {
  return `asetnsamples=n=${Math.round(sampleRate / perSecond)}:p=0`;
}

/**
 * Holds the output to real time, `leadSeconds` ahead of it: the pacing itself needs timestamps that stand still for
 * that long, and gets the right ones back after it. It catches up after a stall, whatever its length (`limit`). A
 * chain that begins later than a second was built anew, has its lead already, and goes on from there. The last filter
 * prints where a chain begins: a new one needs the commands again.
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

/** Whether a line of ffmpeg's log is the time that a paced chain prints when it begins. */
export function isChainStart(line: string): boolean {
  return /^\d+\.\d{6}$/.test(line);
}
