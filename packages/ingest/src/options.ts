import { FleetError } from '@ml-training/core';
import type { DateOrder } from './stamp.ts';

/** What a column of a file can be. `date` and `time` together are the day and the time of day of a bar. */
export const roles = ['time', 'date', 'symbol', 'open', 'high', 'low', 'close', 'volume'] as const;
export type Role = (typeof roles)[number];

/** What a user says of a file, where it can't be told or is told wrongly. */
export interface FileOptions {
  /** A format's name; `auto`, or left out: by the file itself. */
  readonly format?: string | undefined;
  readonly symbol?: string | undefined;
  readonly timezone?: string | undefined;
  /** Of each role the name of its column, or its place from 1. */
  readonly columns?: Partial<Record<Role, string>> | undefined;
  readonly dates?: DateOrder | undefined;
}

/**
 * Reads what --columns says: `time=Datum,close=5`.
 * @throws FleetError BARS_INVALID
 */
export function parseColumns(text: string): Partial<Record<Role, string>> {
  const columns: Partial<Record<Role, string>> = {};
  for (const part of text.split(',')) {
    const at = part.indexOf('=');
    const role = roles.find((one) => one === part.slice(0, Math.max(0, at)).trim().toLowerCase());
    const name = part.slice(at + 1).trim();
    if (at < 0 || role === undefined || name === '')
      throw new FleetError(
        'BARS_INVALID',
        `--columns ${JSON.stringify(text)}: ${JSON.stringify(part)} must be ROLE=NAME, where ROLE is one of ` +
          `${roles.join(', ')}, and NAME the column's name in the file or its place from 1: ` +
          'time=Date,open=2,high=3,low=4,close=5',
      );
    if (columns[role] !== undefined)
      throw new FleetError('BARS_INVALID', `--columns ${JSON.stringify(text)} says ${role} twice`);
    columns[role] = name;
  }
  return columns;
}
