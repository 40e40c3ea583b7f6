import type { Sound } from '../../test/support/audio.ts';

/**
 * Sounds that are hard to encode, of the kinds in EBU Tech 3253 (SQAM) and MPEG's listening tests. They are generated
 * here, so they are free and reproducible: 48 kHz, stereo, four seconds.
 */
export const CRITICAL_SOUNDS: Readonly<Record<string, () => Sound>> = {
  castanets: () => mix(hits(0.11, 41), ({ time, side, random }) => castanet(time, side, random)),
  glockenspiel: () => mix(hits(0.4, 42), ({ time, random }) => glockenspiel(time, 1_000 * 2 ** (random * 1.5))),
  harpsichord: () => mix(hits(0.09, 43), ({ time, side, random }) => pluck(time, side, 110 * 2 ** (random * 3))),
  applause: () => mix(hits(0.002, 44), ({ time, side, random }) => clap(time, side, random)),
  'pitch pipe': () => mix([START], () => reed(440)),
  'male voice': () => mix([START], () => voice(110, [620, 1_080, 2_450, 3_300])),
  'female voice': () => mix([START], () => voice(290, [850, 1_220, 2_810, 3_900])),
  'tones in noise': () => mix([START], () => tonesInNoise([523, 1_318, 3_136, 7_040])),
};

const RATE = 48_000;
const SECONDS = 4;
const LENGTH = RATE * SECONDS;
/** Level of the loudest sample: −3 dB. */
const PEAK = 0.7;

/** A sound that starts at a time: `side` −1 is left, 1 right; `random` 0–1. */
type Hit = { readonly time: number; readonly side: number; readonly random: number };
const START: Hit = { time: 0, side: 0, random: 0.5 };

/** A mono sound that starts at a second. */
type Part = { readonly time: number; readonly side: number; readonly signal: Float64Array };

function mix(all: readonly Hit[], play: (hit: Hit) => Part): Sound {
  const stereo = new Float64Array(2 * LENGTH);
  for (const hit of all) {
    const { time, side, signal } = play(hit);
    const start = Math.round(time * RATE);
    for (let index = 0; index < signal.length && start + index < LENGTH; index += 1) {
      const sample = at(signal, index);
      add(stereo, 2 * (start + index), sample * (1 - 0.8 * Math.max(0, side)));
      add(stereo, 2 * (start + index) + 1, sample * (1 + 0.8 * Math.min(0, side)));
    }
  }
  const loudest = stereo.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  return {
    rate: RATE,
    channels: 2,
    samples: Int16Array.from(stereo, (s) => Math.round((s / loudest) * PEAK * 32_767)),
  };
}

/** Irregular times with a mean distance in seconds. */
function hits(apart: number, seed: number): Hit[] {
  const random = randomNumbers(seed);
  const all: Hit[] = [];
  for (let time = 0.1; time < SECONDS - 0.1; time += apart * (0.5 + random())) {
    all.push({ time, side: 2 * random() - 1, random: random() });
  }
  return all;
}

/** A hard click, and two boards that ring for a few milliseconds. */
function castanet(time: number, side: number, random: number): Part {
  const noise = randomNumbers(Math.floor(random * 1e6));
  const [low, high] = [1_400 + 600 * random, 3_200 + 1_500 * random];
  const signal = signalOf(0.06, (t) => {
    const click = (2 * noise() - 1) * Math.exp(-t / 0.0008);
    return click + 0.7 * Math.exp(-t / 0.006) * (wave(low, t) + wave(high, t));
  });
  return { time, side, signal };
}

/** The partials of a bar free at both ends. */
function glockenspiel(time: number, hertz: number): Part {
  const partials = [1, 2.756, 5.404, 8.933].filter((ratio) => ratio * hertz < 20_000);
  return {
    time,
    side: 0,
    signal: signalOf(2, (t) =>
      partials.reduce((sum, ratio, index) => {
        return sum + (0.6 ** index * wave(ratio * hertz, t)) / Math.exp(t / (0.7 / ratio));
      }, 0),
    ),
  };
}

/** A plucked string (Karplus and Strong, 1983). */
function pluck(time: number, side: number, hertz: number): Part {
  const random = randomNumbers(Math.round(hertz));
  const string = Float64Array.from({ length: Math.round(RATE / hertz) }, () => 2 * random() - 1);
  const signal = signalOf(0.8, (t) => {
    const here = Math.round(t * RATE) % string.length;
    const sample = at(string, here);
    string[here] = 0.996 * (0.5 * sample + 0.5 * at(string, (here + 1) % string.length));
    return sample * Math.min(1, (0.8 - t) / 0.05);
  });
  return { time, side, signal };
}

function clap(time: number, side: number, random: number): Part {
  const noise = randomNumbers(Math.floor(random * 1e6));
  const length = 0.002 + 0.006 * random;
  const signal = resonance(
    signalOf(0.05, (t) => (2 * noise() - 1) * Math.exp(-t / length)),
    900 + 2_000 * random,
    1_500,
  );
  return { time, side, signal: signal.map((sample) => sample * (0.3 + random)) };
}

function reed(hertz: number): Part {
  const partials = Array.from({ length: 40 }, (_, index) => index + 1).filter((n) => n * hertz < 18_000);
  const signal = signalOf(SECONDS, (t) => {
    const swell = Math.min(1, t / 0.05) * (1 + 0.05 * wave(5.3, t));
    return swell * partials.reduce((sum, n) => sum + wave(n * hertz, t) / n ** 0.7, 0);
  });
  return { ...START, signal };
}

/** Pulses with vibrato and breath, through the formants of a vowel. */
function voice(hertz: number, formants: readonly number[]): Part {
  const noise = randomNumbers(Math.round(hertz));
  let phase = 0;
  const source = signalOf(SECONDS, (t) => {
    phase += (hertz * (1 + 0.02 * wave(5.5, t)) * (1 + 0.12 * Math.floor(t))) / RATE;
    const pulse = phase >= 1 ? 1 : 0;
    phase -= pulse;
    return pulse + 0.01 * (2 * noise() - 1);
  });
  const sung = formants.map((formant, index) => resonance(source, formant, 70 + 40 * index));
  return { ...START, signal: source.map((_, index) => sung.reduce((sum, part) => sum + at(part, index), 0)) };
}

function tonesInNoise(tones: readonly number[]): Part {
  const noise = randomNumbers(7);
  const hiss = resonance(
    signalOf(SECONDS, () => 2 * noise() - 1),
    4_000,
    6_000,
  );
  const signal = signalOf(SECONDS, (t) => {
    const sound = tones.reduce((sum, hertz, index) => sum + wave(hertz * (1 + 0.001 * wave(3 + index, t)), t), 0);
    return sound * 0.5 + 0.15 * at(hiss, Math.round(t * RATE));
  });
  return { ...START, signal };
}

/** A resonator of two poles, with a gain of about one at its frequency. */
function resonance(signal: Float64Array, hertz: number, bandwidth: number): Float64Array {
  const radius = Math.exp((-Math.PI * bandwidth) / RATE);
  const turn = 2 * radius * Math.cos((2 * Math.PI * hertz) / RATE);
  let [last, before] = [0, 0];
  return signal.map((sample) => {
    [last, before] = [(1 - radius) * sample + turn * last - radius * radius * before, last];
    return last;
  });
}

function signalOf(seconds: number, sample: (time: number) => number): Float64Array {
  return Float64Array.from({ length: Math.round(seconds * RATE) }, (_, index) => sample(index / RATE));
}

function wave(hertz: number, time: number): number {
  return Math.sin(2 * Math.PI * hertz * time);
}

/** Numbers from 0 to 1, reproducible with the same seed (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function add(values: Float64Array, index: number, value: number): void {
  values[index] = (values[index] ?? 0) + value;
}

function at(values: Float64Array, index: number): number {
  return values[index] ?? 0;
}
