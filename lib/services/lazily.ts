/** A part that is created on first use. */
export type Lazy<Part> = {
  (): Part;
  /** Returns the part if it was created. */
  readonly made: () => Part | undefined;
};

export function lazily<Part>(make: () => Part): Lazy<Part> {
  let box: { readonly part: Part } | undefined;
  const get = (): Part => {
    box ??= { part: make() };
    return box.part;
  };
  return Object.assign(get, { made: () => box?.part });
}

type Parts<Getters> = { readonly [Name in keyof Getters]: Getters[Name] extends () => infer Part ? Part : never };

/** Adds a property to `base` for each part, which creates the part when it is first read. Spreads do not read it. */
export function withParts<Base extends object, Getters extends Readonly<Record<string, () => unknown>>>(
  getters: Getters,
  base: Base,
): Base & Parts<Getters> {
  const properties = Object.entries(getters).map(([name, get]) => [name, { get }] as const);
  return Object.defineProperties(base, Object.fromEntries(properties)) as Base & Parts<Getters>;
}
