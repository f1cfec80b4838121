const unitMs: Readonly<Record<string, number>> = { min: 60_000, h: 3_600_000, d: 86_400_000 };

/** A time, or so long ago. @throws Error for what is neither, naming the option */
export function momentOf(option: string, text: string, now: Date): Date {
  const [, count, unit] = /^(\d{1,5})(min|h|d)$/.exec(text) ?? [];
  const time = unit === undefined ? Date.parse(text) : now.getTime() - Number(count) * unitMs[unit]!;
  if (Number.isNaN(time) || (unit === undefined && !/^\d{4}-\d\d-\d\d/.test(text)))
    throw new Error(
      `${option} is ${JSON.stringify(text)}, but must be a time such as 2026-11-26 or 2026-11-26T14:00Z, or how long ago: 30min, 24h, 7d`,
    );
  return new Date(time);
}
