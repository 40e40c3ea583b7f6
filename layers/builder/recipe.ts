import type { DebianSource } from './debian-source.ts';

/** One command of a build. In its arguments and environment `WORK` stands for the work folder, `JOBS` for processors. */
export type Step = {
  /** Below the work folder; made when it is not there. */
  readonly directory: string;
  readonly command: readonly [string, ...string[]];
  readonly environment?: Readonly<Record<string, string>>;
};

/** A library or program that is built as one. */
export type Part = { readonly name: string; readonly steps: readonly Step[] };

/** How a layer is made: the sources are unpacked and patched in `src/<name>` of a work folder, and the steps run there. */
export type LayerRecipe = {
  readonly name: string;
  readonly sources: readonly DebianSource[];
  /** Below the layer's `patches`. */
  readonly patches: readonly { readonly source: string; readonly file: string }[];
  /** Licence texts, below `src`. */
  readonly licences: readonly string[];
  /** What is built first, in this order. */
  readonly parts?: readonly Part[];
  readonly binaries: readonly {
    /** In the layer's `bin`. */
    readonly name: string;
    /** What the steps make, below the work folder. */
    readonly built: string;
    readonly steps: readonly Step[];
  }[];
  /** What else goes into the layer: `from` below the work folder, `to` below the layer. Links become files. */
  readonly files?: readonly { readonly from: string; readonly to: string }[];
  /** Files of the layer's own folder, which steps find in `own` of the work folder. */
  readonly own?: readonly string[];
  /** Shared objects of the machine's C and C++ runtime that go into the layer's `lib`, with their licences. */
  readonly runtime?: readonly string[];
  /** Programs that it needs beside a compiler, and the Debian package of each. */
  readonly tools?: Readonly<Record<string, string>>;
};
