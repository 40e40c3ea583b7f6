import type { ClipPicture } from '#lib/jobs/plan/clip-picture.ts';

/** The light of pictures with a high dynamic range. */
export type HighRange = Exclude<ClipPicture['light'], 'sdr'>;

/** The light of reference white, cd/m² (ITU-R BT.2408). */
const REFERENCE_WHITE = 203;

/** The brightest light of HLG, as it is graded, and of PQ, cd/m² (ITU-R BT.2100). */
const HLG_PEAK = 1_000;
const PQ_PEAK = 10_000;

/** Linear BT.2020 to BT.709 (ITU-R BT.2087). */
const TO_709 = [
  [1.660_5, -0.587_6, -0.072_8],
  [-0.124_6, 1.132_9, -0.008_3],
  [-0.018_2, -0.100_6, 1.118_7],
] as const;

/** Points along each side of the table. */
const SIZE = 33;

type Color = readonly [red: number, green: number, blue: number];

/**
 * Returns a table for the filter lut3d, in the cube format: PQ or HLG pictures of BT.2020 to BT.709. Reference white
 * gets a luma of about 200, what is brighter the rest. A table needs no library and costs less than computing each pixel.
 */
export function toneTable(light: HighRange): string {
  const lines = [`LUT_3D_SIZE ${SIZE}`];
  const levels = Array.from({ length: SIZE }, (_, index) => index / (SIZE - 1));
  for (const blue of levels) {
    for (const green of levels) {
      for (const red of levels)
        lines.push(
          converted([red, green, blue], light)
            .map((value) => value.toFixed(4))
            .join(' '),
        );
    }
  }
  return `${lines.join('\n')}\n`;
}

/** Returns a colour of BT.709 for one of BT.2020, both as signals from 0 to 1. */
export function converted(signal: Color, light: HighRange): number[] {
  const linear = LINEAR[light](signal);
  const inside = TO_709.map((row) =>
    Math.max(
      0,
      row.reduce((sum, share, index) => sum + share * (linear[index] ?? 0), 0),
    ),
  );
  // All three by one factor, so that bright colours keep their hue.
  const brightest = Math.max(...inside, 1e-6);
  const factor = compressed(brightest) / brightest;
  return inside.map((value) => Math.min(1, value * factor) ** (1 / 2.4));
}

/** Signals to light, where 1 is reference white. */
const LINEAR: Readonly<Record<HighRange, (signal: Color) => number[]>> = {
  pq: (signal) => signal.map((value) => (pqLight(value) * PQ_PEAK) / REFERENCE_WHITE),
  hlg(signal) {
    const scene = signal.map(hlgScene) as unknown as Color;
    const luminance = 0.262_7 * scene[0] + 0.678 * scene[1] + 0.059_3 * scene[2];
    return scene.map((value) => (value * luminance ** 0.2 * HLG_PEAK) / REFERENCE_WHITE);
  },
};

function pqLight(signal: number): number {
  const power = signal ** (1 / 78.843_75);
  return (Math.max(0, power - 0.835_937_5) / (18.851_562_5 - 18.687_5 * power)) ** (1 / 0.159_301_757_812_5);
}

function hlgScene(signal: number): number {
  return signal <= 0.5 ? signal ** 2 / 3 : (Math.exp((signal - 0.559_910_73) / 0.178_832_77) + 0.284_668_92) / 12;
}

/** Light up to this share of reference white stays as it is. */
const KNEE = 0.3;
/** Light of this many times reference white gets the last level. */
const BRIGHTEST = 10;

/** A Möbius transformation above the knee, with the same slope at the knee. */
function compressed(value: number): number {
  if (value <= KNEE) return value;
  const a = (-(KNEE ** 2) * (BRIGHTEST - 1)) / (KNEE ** 2 - 2 * KNEE + BRIGHTEST);
  const b = (KNEE ** 2 - 2 * KNEE * BRIGHTEST + BRIGHTEST) / (BRIGHTEST - 1);
  return (((b + KNEE) ** 2 / (b - a)) * (value + a)) / (value + b);
}
