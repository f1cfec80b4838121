/**
 * What cron(5) allows: numbers, names of months and weekdays, lists, ranges and steps. croner takes more than
 * that.
 */
interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Names of the values from `min` on. */
  readonly words: readonly string[];
}

const fields: readonly Field[] = [
  { name: 'minute', min: 0, max: 59, words: [] },
  { name: 'hour', min: 0, max: 23, words: [] },
  { name: 'day of the month', min: 1, max: 31, words: [] },
  {
    name: 'month',
    min: 1,
    max: 12,
    words: ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
  },
  // 7 is Sunday again.
  { name: 'weekday', min: 0, max: 7, words: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'] },
];

const nicknames: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};

/**
 * What is wrong with a cron schedule of five fields: the field, what stands there, what may; null when
 * nothing is.
 */
export function cronProblem(cron: string): string | null {
  const parts = cron.trim().split(/\s+/);
  const [first = ''] = parts;
  if (first.startsWith('@')) {
    const same = nicknames[first.toLowerCase()];
    return `names such as ${first} are not taken${same === undefined ? '' : `: write ${same}`}`;
  }
  if (parts.length !== fields.length)
    return (
      `it has ${parts.length} field${parts.length === 1 ? '' : 's'}` +
      (parts.length === 6 ? ' (seconds are not taken)' : '')
    );
  for (const [i, field] of fields.entries()) {
    const wrong = fieldProblem(field, parts[i] ?? '');
    if (wrong !== null) return `its ${field.name} is ${parts[i] ?? ''}, and ${wrong}`;
  }
  return null;
}

function fieldProblem(field: Field, text: string): string | null {
  for (const item of text.split(',')) {
    const problem = itemProblem(field, item);
    if (problem !== null) return problem;
  }
  return null;
}

function itemProblem(field: Field, item: string): string | null {
  const { min, max, words } = field;
  const names = words.length === 0 ? '' : ` or ${words[0] ?? ''} to ${words.at(-1) ?? ''}`;
  const allowed = `${min} to ${max}${names}`;
  const [, range = '', , step] = /^([^/]*)(\/(\d+))?$/.exec(item) ?? [];
  if (step !== undefined && (Number(step) < 1 || Number(step) > max))
    return `the step in ${item} must be from 1 to ${max}`;
  if (range === '*') return null;
  const ends = range.split('-');
  const [from, to = from] = ends.map((end) => valueOf(field, end));
  if (ends.length > 2 || from === undefined || to === undefined)
    return (
      `${item === '' ? 'an empty place in a list' : item} is not *, a value or a range from ` +
      `${allowed}, nor one of these with a step`
    );
  for (const value of [from, to]) if (value < min || value > max) return `${value} is not from ${allowed}`;
  if (from > to) return `${range} runs backwards: write it as two ranges`;
  if (step !== undefined && ends.length === 1)
    return `${item} has a step without a range: write ${range}-${max}/${step}`;
  return null;
}

/** A number or a name's number; undefined for neither. */
function valueOf({ min, words }: Field, text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text);
  const at = words.indexOf(text.toUpperCase());
  return at < 0 ? undefined : min + at;
}
