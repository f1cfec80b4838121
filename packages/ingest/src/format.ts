import type { ColumnOf } from './columns.ts';
import type { Role } from './options.ts';

/**
 * A format of text: one row a bar, in fields between commas, semicolons or tabs. What a file says by its
 * header needs no word here: the usual names of columns are known (`columns.ts`).
 */
export interface TextFormat {
  /** As --format takes it. */
  readonly name: string;
  /** Whose files they are, as people know them. */
  readonly title: string;
  /** Files are told by columns that their header must have, in small letters and without < and >; */
  readonly header?: readonly (string | RegExp)[];
  /** or, where they have no header, by what the fields of a row look like: all of them. */
  readonly row?: readonly RegExp[];
  /** What comes before the header. */
  readonly preamble?: RegExp;
  /** What the file's name must be, besides. */
  readonly fileName?: RegExp;
  /** Of columns whose name is not the usual one, or that have none. */
  readonly columns?: Partial<Record<Role, ColumnOf>>;
  /** The zone of times that say none, where it is always the same. */
  readonly zone?: string;
  /** What a user may need to know to say the zone, where it isn't. */
  readonly zoneHint?: string;
  /** The name of the first column. */
  readonly firstColumn?: RegExp;
  /** By which share high and low may be past open or close: a vendor's rounding, which is put right. */
  readonly rounding?: number;
  /** Prices are integers of a billionth where none has a decimal point. */
  readonly billionths?: true;
  /** What is to be known of its bars, for the table of formats. */
  readonly note: string;
}
