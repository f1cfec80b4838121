export { openBarFile, type BarFile } from './open.ts';
export { parseColumns, type FileOptions } from './options.ts';
export type { Recognised } from './facts.ts';
export { formatNames, formatTable } from './names.ts';
