/** Formats a number for filter options: no exponent, at most nine decimals, no trailing zeros. */
export function decimal(value: number): string {
  return value.toFixed(9).replace(/\.?0+$/, '');
}
