/** A part that is made when it is first called for. */
export type Lazy<Part> = {
  (): Part;
  /** The part, if it has been made. */
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

/** An object with these properties, and one for each part, which is made when the property is first read (and not by a copy of the object). */
export function withParts<Base extends object, Getters extends Readonly<Record<string, () => unknown>>>(
  getters: Getters,
  base: Base,
): Base & Parts<Getters> {
  const properties = Object.entries(getters).map(([name, get]) => [name, { get }] as const);
  return Object.defineProperties(base, Object.fromEntries(properties)) as Base & Parts<Getters>;
}
