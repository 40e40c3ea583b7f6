/**
 * The ear model of PEAQ's basic version (ITU-R BS.1387-1, annex 2, 2.1): auditory bands of a quarter Bark, the response
 * of the outer and middle ear, the ear's own noise, and the spreading over bands and time.
 */
export const FRAME = 2_048;
export const HOP = FRAME / 2;
/** The assumed level of a full-scale tone, dB SPL. */
const FULL_SCALE_DB = 92;
const LOWEST_HZ = 80;
const HIGHEST_HZ = 18_000;
const BARK_STEP = 0.25;
/** The exponent with which excitations add up. */
const SUMMATION = 0.4;
const LOWER_SLOPE_DB = 27;
const SMALLEST = 1e-12;

const barkOf = (hertz: number) => 7 * Math.asinh(hertz / 650);
const hertzOf = (bark: number) => 650 * Math.sinh(bark / 7);
const powerOf = (decibels: number) => 10 ** (decibels / 10);

export type Ear = {
  readonly bands: number;
  /** Sums the powers of a frame's bins in bands, as they reach the inner ear. */
  group(power: Float64Array): Float64Array;
  /** The excitation of a frame, including the ear's own noise and the spreading to other bands. */
  spread(grouped: Float64Array): Float64Array;
  /** The share of an excitation that remains after a hop, for each band. */
  readonly decay: readonly number[];
  /** The power of noise that an excitation of 1 masks, for each band. */
  readonly hidden: readonly number[];
};

export function createEar(rate: number): Ear {
  const bands = Math.ceil((barkOf(HIGHEST_HZ) - barkOf(LOWEST_HZ)) / BARK_STEP);
  const edge = (band: number) => Math.min(HIGHEST_HZ, hertzOf(barkOf(LOWEST_HZ) + band * BARK_STEP));
  const indexes = Array.from({ length: bands }, (_, band) => band);
  const centres = indexes.map((band) => hertzOf((barkOf(edge(band)) + barkOf(edge(band + 1))) / 2));
  const shares = indexes.map((band) => binShares(edge(band), edge(band + 1), rate));
  const ownNoise = centres.map((hertz) => powerOf(1.456 * (hertz / 1_000) ** -0.8));
  const unit = spreadOf(new Float64Array(bands).fill(1), centres);
  return {
    bands,
    group: (power) =>
      Float64Array.from(shares, (bins) =>
        Math.max(
          SMALLEST,
          bins.reduce((sum, { bin, share }) => sum + share * (power[bin] ?? 0), 0),
        ),
      ),
    spread: (grouped) =>
      spreadOf(
        grouped.map((power, band) => power + (ownNoise[band] ?? 0)),
        centres,
      ).map((power, band) => power / (unit[band] ?? 1)),
    decay: centres.map((hertz) => Math.exp(-HOP / rate / (0.008 + (100 / hertz) * (0.03 - 0.008)))),
    hidden: indexes.map((band) => powerOf(-Math.max(3, 0.25 * band * BARK_STEP))),
  };
}

/** The share of each bin in a band, times the response of the outer and middle ear, in powers of 0 dB SPL. */
function binShares(from: number, to: number, rate: number): { readonly bin: number; readonly share: number }[] {
  const binHz = rate / FRAME;
  const first = Math.round(from / binHz);
  return Array.from({ length: Math.round(to / binHz) - first + 1 }, (_, index) => {
    const bin = first + index;
    const overlap = Math.min(to, (bin + 0.5) * binHz) - Math.max(from, (bin - 0.5) * binHz);
    return { bin, share: (Math.max(0, overlap) / binHz) * powerOf(FULL_SCALE_DB + outerEarDb(bin * binHz)) };
  });
}

function outerEarDb(hertz: number): number {
  const kilohertz = hertz / 1_000;
  return -2.184 * kilohertz ** -0.8 + 6.5 * Math.exp(-0.6 * (kilohertz - 3.3) ** 2) - 0.001 * kilohertz ** 3.6;
}

function spreadOf(powers: Float64Array, centres: readonly number[]): Float64Array {
  const total = new Float64Array(powers.length);
  const down = powerOf(-LOWER_SLOPE_DB * BARK_STEP);
  for (const [source, power] of powers.entries()) {
    // Louder sounds spread farther up.
    const slope = -24 - 230 / (centres[source] ?? 1) + 2 * Math.log10(power);
    const up = powerOf(slope * BARK_STEP);
    const below = (1 - down ** (source + 1)) / (1 - down);
    const above = (1 - up ** (powers.length - source)) / (1 - up);
    const own = (power / (below + above - 1)) ** SUMMATION;
    const [upStep, downStep] = [up ** SUMMATION, down ** SUMMATION];
    for (let band = source, part = own; band < powers.length; band += 1, part *= upStep) add(total, band, part);
    for (let band = source - 1, part = own * downStep; band >= 0; band -= 1, part *= downStep) add(total, band, part);
  }
  return total.map((sum) => sum ** (1 / SUMMATION));
}

function add(values: Float64Array, index: number, value: number): void {
  values[index] = (values[index] ?? 0) + value;
}
