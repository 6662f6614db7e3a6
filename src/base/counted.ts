/** Numbers as people read them, the same on every machine, whatever its language. */

/** `1234567` as `1,234,567`. */
export function number(value: number): string {
  return value.toLocaleString("en-US");
}

/** `1 rule`, `2 rules`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${number(value)} ${value === 1 ? one : many}`;
}
