import {
  collectProblems,
  barColumns as ownColumns,
  FleetError,
  readBarsCsv,
  type Bar,
  type BarRules,
  type Batch,
} from '@ml-training/core';
import { createFacts, type Recognised } from './facts.ts';
import { openJson } from './json.ts';
import { formatNames } from './names.ts';
import { barColumns, formatOfNames } from './named-columns.ts';
import type { FileOptions } from './options.ts';
import { planRows, type TableFacts } from './plan.ts';
import { recogniseText } from './recognise.ts';
import { createRowReader, type RowPlan } from './rows.ts';
import { inWords, openSource, type Source } from './source.ts';
import type { Table } from './table.ts';
import { readHead, readRows, type TextHead } from './text.ts';

/** A file of bars that was recognised. */
export interface BarFile {
  readonly name: string;
  readonly totalBytes: number;
  /** Its bars, checked; can be read once. Fails with FleetError BARS_INVALID naming what is wrong by row. */
  readonly batches: AsyncGenerator<Batch, void, void>;
  /** What it is; what the bars tell, as far as they were read. */
  readonly recognised: () => Recognised;
}

/**
 * Opens a file of bars of any format that is known, by its own bytes, its header and its name.
 * @param rules what the settings allow of some symbols' bars
 * @throws FleetError BARS_INVALID for what is none, and for what can't be told without an option
 */
export async function openBarFile(
  file: string,
  options: FileOptions = {},
  rules: BarRules = {},
): Promise<BarFile> {
  const { format, ...others } = options;
  const given = format === undefined || format === 'auto' ? others : options;
  if (format !== undefined && !formatNames.includes(format))
    throw new FleetError(
      'BARS_INVALID',
      `--format ${JSON.stringify(format)} is none: it is ${formatNames.join(', ')}`,
    );
  const source = await openSource(file);
  try {
    return await openContent(source, given, rules);
  } catch (error) {
    source.stream.destroy();
    throw inWords(file, error);
  }
}

async function openContent(source: Source, options: FileOptions, rules: BarRules): Promise<BarFile> {
  const { file, kind } = source;
  const mustBe = kind.kind === 'arrow' ? 'feather' : kind.kind;
  if (kind.kind === 'no') throw new FleetError('BARS_INVALID', `${file} ${kind.why}`);
  const isOther = ['ccxt', 'json', 'feather', 'parquet'].includes(options.format ?? '');
  const allowed = kind.kind === 'json' ? ['ccxt', 'json'] : [mustBe];
  if (options.format !== undefined && (kind.kind === 'text' ? isOther : !allowed.includes(options.format)))
    throw new FleetError('BARS_INVALID', `${file} is not of the format ${options.format}: it is ${mustBe}`);
  switch (kind.kind) {
    case 'text': {
      const head = readHead(source);
      return isOwn(head, options) ? ownFile(source, rules) : textFile(source, head, options, rules);
    }
    case 'json':
      return tableFile(source, await openJson(source), options, rules);
    case 'arrow':
      return tableFile(source, await (await import('./feather.ts')).openFeather(source), options, rules);
    case 'parquet':
      return tableFile(
        source,
        await (
          await import('./parquet.ts')
        ).openParquet(source, (header) => barColumns(file, header, options)),
        options,
        rules,
      );
  }
}

/** Bars in the fleet's own format are read as ever, by the very code that always did. */
function isOwn({ rows, delimiter }: TextHead, options: FileOptions): boolean {
  if (options.format === 'fleet') return true;
  if (delimiter !== ',' || Object.values(options).some((value) => value !== undefined)) return false;
  const header = rows[0]?.cells ?? [];
  // Numbers since 1970 have no place in it; what they are is told below.
  if (/^\d{9,}$/.test(rows[1]?.cells[header.indexOf('time')] ?? '')) return false;
  return ownColumns.every((column) => header.includes(column));
}

function ownFile(source: Source, rules: BarRules): BarFile {
  const facts = createFacts();
  const { stream, bytesRead } = source;
  return {
    name: source.file,
    totalBytes: source.totalBytes,
    batches: seen(
      readBarsCsv(source.file, { content: { stream, bytesRead }, rules }),
      facts.see,
      source.file,
    ),
    recognised: () => ({
      format: 'fleet',
      title: "this fleet's own CSV",
      symbolFrom: 'in the file',
      intervalOfName: null,
      zone: 'as the times say',
      order: 'ascending',
      columns: ownColumns.join(', '),
      leftOut: [],
      rounded: 0,
      ...facts.facts(),
    }),
  };
}

async function* seen(
  batches: AsyncGenerator<Batch, void, void>,
  see: (bar: Bar) => void,
  file: string,
): AsyncGenerator<Batch, void, void> {
  try {
    for await (const batch of batches) {
      batch.bars.forEach(see);
      yield batch;
    }
  } catch (error) {
    throw inWords(file, error);
  }
}

async function textFile(
  source: Source,
  head: TextHead,
  options: FileOptions,
  rules: BarRules,
): Promise<BarFile> {
  const found = recogniseText(source.file, source.name, head, options);
  const { header, after, format, fields, bars } = found;
  const table = (of: Source): Table => ({
    header,
    sample: head.rows.filter(({ at }) => at > after),
    rows: () => readRows(of, head, after),
    again: of.again === null ? null : async () => table(await of.again!()),
    word: 'line',
    bytesRead: of.bytesRead,
  });
  const facts = { format, bars, fields, delimiter: head.delimiter, rules };
  return planned(source, table(source), facts, options);
}

async function tableFile(
  source: Source,
  { table, format }: { table: Table; format: TableFacts['format'] },
  options: FileOptions,
  rules: BarRules,
): Promise<BarFile> {
  const bars = formatOfNames(source.file, table, options);
  return planned(source, table, { format, bars, fields: null, delimiter: ',', rules }, options);
}

async function planned(
  source: Source,
  table: Table,
  facts: TableFacts,
  options: FileOptions,
): Promise<BarFile> {
  const { plan, told } = await planRows(source.file, source.name, table, facts, options);
  const counted = createFacts();
  return {
    name: source.file,
    totalBytes: source.totalBytes,
    batches: readBars(source.file, table, plan, counted.see),
    recognised: () => ({ ...told, ...counted.facts(), rounded: plan.rounded.bars }),
  };
}

async function* readBars(
  file: string,
  table: Table,
  plan: RowPlan,
  see: (bar: Bar) => void,
): AsyncGenerator<Batch, void, void> {
  const problems = collectProblems(file, plan.word);
  const read = createRowReader(plan);
  let total = 0;
  for await (const rows of table.rows()) {
    const bars: Bar[] = [];
    for (const row of rows) {
      const found = read(row);
      if (typeof found === 'string') problems.note(row.at, found);
      else if ('time' in found) bars.push(found);
      else bars.push(...found);
    }
    bars.forEach(see);
    total += bars.length;
    if (problems.none() && bars.length > 0) yield { bars, further: [], bytes: table.bytesRead() };
  }
  problems.throwIfAny();
  if (total === 0) throw new FleetError('BARS_INVALID', `${file} has no bars`);
}
