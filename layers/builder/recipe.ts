import type { DebianSource } from './debian-source.ts';

/** One command of a build. In its arguments and environment `WORK` stands for the work folder, `JOBS` for processors. */
export type Step = {
  /** Below the work folder; made when it is not there. */
  readonly directory: string;
  readonly command: readonly [string, ...string[]];
  readonly environment?: Readonly<Record<string, string>>;
};

/** How a layer is made: the sources are unpacked and patched in `src/<name>` of a work folder, and the steps run there. */
export type LayerRecipe = {
  readonly name: string;
  readonly sources: readonly DebianSource[];
  /** Below the layer's `patches`. */
  readonly patches: readonly { readonly source: string; readonly file: string }[];
  /** Licence texts, below `src`. */
  readonly licences: readonly string[];
  readonly binaries: readonly {
    /** In the layer's `bin`. */
    readonly name: string;
    /** What the steps make, below the work folder. */
    readonly built: string;
    readonly steps: readonly Step[];
  }[];
};
