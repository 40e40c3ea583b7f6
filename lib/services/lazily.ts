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
