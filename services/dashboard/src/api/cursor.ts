import { Problem } from './problem.ts';

/**
 * Where a page of a list ended, for the caller to hand back as it is; made of the last row's place in the
 * order.
 */
export const cursorOf = (place: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify(place)).toString('base64url');

/**
 * The place that a cursor stands for.
 * @param length how many parts a place has
 * @param isPlace whether these parts can be one
 * @throws Problem 400 for one that isn't ours
 */
export function placeOf(
  cursor: string,
  length: number,
  isPlace: (place: readonly (string | number)[]) => boolean = () => true,
): (string | number)[] {
  try {
    const place: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (
      Array.isArray(place) &&
      place.length === length &&
      place.every((part): part is string | number => isText(part) || typeof part === 'number') &&
      isPlace(place)
    )
      return place;
  } catch {
    // Said below.
  }
  throw new Problem(
    400,
    'CURSOR_INVALID',
    'cursor is not one of this list: hand back next_cursor as it came, or leave it out',
  );
}

/** PostgreSQL's text has no NUL. */
const isText = (part: unknown): part is string => typeof part === 'string' && !part.includes('\0');
