/** Ports from `first` to `last`, both included. */
export type PortRange = { readonly first: number; readonly last: number };

/** Parses `9000` or `9000-9010`. Throws a TypeError that names the setting and the entry. */
export function parsePortRange(setting: string, entry: string): PortRange {
  const [, first = '', last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(entry) ?? [];
  const range = { first: Number(first), last: Number(last) };
  if (first !== '' && range.first >= 1 && range.first <= range.last && range.last <= 65_535) return range;
  throw new TypeError(`${setting} entry "${entry}" is not a port or a range of ports`);
}
