/** The part of a `package-lock.json` that lists the installed packages. */
export type LockFile = {
  readonly packages: Readonly<
    Record<string, { readonly version?: string; readonly dev?: boolean; readonly optional?: boolean }>
  >;
};

/** Returns whether the other lock file has all runtime packages of the service in the same versions. */
export function isSatisfiedBy(wanted: LockFile, installed: LockFile): boolean {
  return Object.entries(wanted.packages).every(
    ([place, { version, dev, optional }]) =>
      // The empty path is the project itself.
      place === '' || dev || optional || installed.packages[place]?.version === version,
  );
}
