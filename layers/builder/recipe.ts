import type { DebianSource } from './debian-source.ts';

/** One command of a build. In its arguments and environment, `WORK` is the work folder and `JOBS` the processors. */
export type Step = {
  /** Below the work folder; created when it does not exist. */
  readonly directory: string;
  readonly command: readonly [string, ...string[]];
  readonly environment?: Readonly<Record<string, string>>;
};

/** A library or program that is built as one unit. */
export type Part = { readonly name: string; readonly steps: readonly Step[] };

/** The build of a layer: sources are unpacked and patched in `src/<name>` of a work folder, where the steps run. */
export type LayerRecipe = {
  readonly name: string;
  readonly sources: readonly DebianSource[];
  /** Below the layer's `patches`. */
  readonly patches: readonly { readonly source: string; readonly file: string }[];
  /** Licence texts, below `src`. */
  readonly licences: readonly string[];
  /** Parts to build first, in this order. */
  readonly parts?: readonly Part[];
  readonly binaries: readonly {
    /** In the layer's `bin`. */
    readonly name: string;
    /** The file that the steps build, below the work folder. */
    readonly built: string;
    readonly steps: readonly Step[];
  }[];
  /** Other files of the layer: `from` below the work folder, `to` below the layer. Links become files. */
  readonly files?: readonly { readonly from: string; readonly to: string }[];
  /** Files of the layer's own folder, which steps find in `own` of the work folder. */
  readonly own?: readonly string[];
  /** Shared objects of the machine's C and C++ runtime that go into the layer's `lib`, with their licences. */
  readonly runtime?: readonly string[];
  /** Programs that it needs in addition to a compiler, and the Debian package of each. */
  readonly tools?: Readonly<Record<string, string>>;
};
