import fc from 'fast-check';

/** The parameters of each damage. Positions are shares of the file (0–1), or of its head. */
export type DamagePlans = {
  readonly bits: { readonly at: readonly number[]; readonly inHead: boolean };
  readonly bytes: { readonly at: readonly number[]; readonly byte: number; readonly inHead: boolean };
  readonly number: { readonly at: number } & WrittenNumber;
  readonly size: { readonly which: number; readonly offset: number } & WrittenNumber;
  readonly cut: { readonly at: number };
  readonly beheaded: { readonly at: number };
  readonly repeated: { readonly at: number; readonly length: number; readonly times: number };
  readonly removed: { readonly at: number; readonly length: number };
  readonly zeroed: { readonly at: number; readonly length: number };
  readonly shuffled: { readonly block: number; readonly order: number };
  readonly spliced: { readonly other: number; readonly at: number; readonly from: number };
  readonly inserted: { readonly other: number; readonly at: number; readonly from: number };
  readonly prefixed: { readonly prefix: number; readonly length: number };
};

export type WrittenNumber = { readonly value: bigint; readonly width: number; readonly little: boolean };

export type Damage = {
  readonly [What in keyof DamagePlans]: { readonly what: What } & DamagePlans[What];
}[keyof DamagePlans];

/** Unexpected values for sizes, counts, rates and offsets. */
const EXTREMES = [
  ...[0n, 1n, 2n, 0x7fn, 0xffn, 0x7fffn, 0x8000n, 0xffffn, 48_000n, 1_000_000n],
  ...[0x7fff_ffffn, 0x8000_0000n, 0xffff_fffen, 0xffff_ffffn],
  ...[0x7fff_ffff_ffff_ffffn, 0x8000_0000_0000_0000n, 0xffff_ffff_ffff_ffffn],
];

const share = fc.double({ min: 0, max: 1, noNaN: true });
const length = fc.constantFrom(1, 7, 64, 1_000, 4_096, 30_000);
const joint = fc.record({ other: fc.nat(1_000), at: share, from: share });
const number = { value: fc.constantFrom(...EXTREMES), little: fc.boolean() };

const PLANS: { readonly [What in keyof DamagePlans]: fc.Arbitrary<DamagePlans[What]> } = {
  bits: fc.record({ at: fc.array(share, { minLength: 1, maxLength: 40 }), inHead: fc.boolean() }),
  bytes: fc.record({
    at: fc.array(share, { minLength: 1, maxLength: 20 }),
    byte: fc.constantFrom(0, 0xff, 0x7f, 0x80, 1, 0x20),
    inHead: fc.boolean(),
  }),
  number: fc.record({ at: share, width: fc.constantFrom(2, 4, 8), ...number }),
  size: fc.record({
    which: fc.nat(400),
    offset: fc.constantFrom(-4, 4, 8, 12, 16, 20, 24),
    width: fc.constantFrom(2, 4),
    ...number,
  }),
  cut: fc.record({ at: share }),
  beheaded: fc.record({ at: share }),
  repeated: fc.record({ at: share, length, times: fc.constantFrom(1, 2, 10, 300) }),
  removed: fc.record({ at: share, length }),
  zeroed: fc.record({ at: share, length }),
  shuffled: fc.record({ block: fc.constantFrom(1, 64, 188, 512, 4_096), order: fc.nat() }),
  spliced: joint,
  inserted: joint,
  prefixed: fc.record({ prefix: fc.nat(1_000), length: fc.constantFrom(0, 0, 10, 2_000, 70_000) }),
};

/** Any damage to a file. */
export const DAMAGE: fc.Arbitrary<Damage> = fc.oneof(
  ...Object.entries<fc.Arbitrary<object>>(PLANS).map(([what, plan]) =>
    plan.map((told) => ({ what, ...told }) as Damage),
  ),
);
