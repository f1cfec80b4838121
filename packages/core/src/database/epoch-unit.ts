/** Of a number that counts from 1970 on. */
export const units = ['s', 'ms', 'us', 'ns'] as const;
export type EpochUnit = (typeof units)[number];

export const perSecond: Readonly<Record<EpochUnit, number>> = { s: 1, ms: 1e3, us: 1e6, ns: 1e9 };

/** No exchange has bars of before that as numbers; a tenth of a second since then is no time of today's. */
const earliest = Date.UTC(1980) / 1000;
const aDay = 86_400;

/**
 * Which unit such times are in: the only one in which all of them lie between 1980 and tomorrow.
 * @param times some of them; null for none
 * @returns the unit, or in words why it can't be told
 */
export function epochUnit(
  times: readonly (number | null)[],
  now: Date,
): { unit: EpochUnit } | { unit: null; problem: string } {
  const known = times.filter((time) => time !== null);
  if (known.length === 0) return { unit: null, problem: 'it has no row yet that would tell its unit' };
  const latest = now.getTime() / 1000 + aDay;
  const fits = units.filter((unit) =>
    known.every((time) => time / perSecond[unit] >= earliest && time / perSecond[unit] <= latest),
  );
  const [unit] = fits;
  // A thousand lies between units, and not 50 years: no number fits two.
  if (unit !== undefined) return { unit };
  return {
    unit: null,
    problem: `${[...new Set(known)].join(' and ')} are no times from 1980 until now in any one unit`,
  };
}
