/** The part of a `package-lock.json` that says what is installed where. */
export type LockFile = {
  readonly packages: Readonly<
    Record<string, { readonly version?: string; readonly dev?: boolean; readonly optional?: boolean }>
  >;
};

/** Returns whether all that a service needs at run time by one lock file is in the other one, in the same version. */
export function isSatisfiedBy(wanted: LockFile, installed: LockFile): boolean {
  return Object.entries(wanted.packages).every(
    ([place, { version, dev, optional }]) =>
      // The empty place is the project itself.
      place === '' || dev || optional || installed.packages[place]?.version === version,
  );
}
