const units = [
  ['y', 31_557_600],
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
] as const;

/** Seconds in the largest unit of which there are two or more: `3 d`, `90 min`, `13 y`. */
export function lengthOf(seconds: number): string {
  const whole = Math.max(0, seconds);
  const [unit, length] = units.find(([, of]) => whole >= 2 * of) ?? (['s', 1] as const);
  return `${Math.floor(whole / length)} ${unit}`;
}
