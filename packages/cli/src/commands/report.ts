import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { holdoutCsv, holdoutOf, reportFacts, reportPage, type RegisteredModel } from '@ml-training/core';
import { print, printJson } from '../output.ts';
import { withDatabase } from '../servers.ts';
import { theModel } from './switch.ts';

interface Options {
  readonly output?: string;
  readonly csv?: string;
  readonly json?: true;
}

/**
 * Writes a model's report as a file of HTML, or the rows of its holdout as CSV, or both; `-` is the standard
 * output.
 */
export async function report(start: string, { output, csv, json }: Options): Promise<void> {
  if (output === '-' && csv === '-') throw new Error('only one of --output and --csv can go to -');
  await withDatabase(async (sql) => {
    const model = await theModel({ sql }, start);
    const html = output ?? (csv === undefined ? nameOf(model) : null);
    if (csv !== undefined) {
      const record = await holdoutOf(sql, model.model_id);
      if (record === null)
        throw new Error(
          `nothing is kept of what model ${model.model_id.slice(0, 8)} said of its holdout: it was trained before ` +
            'the fleet kept it; its next training will',
        );
      await write(csv, holdoutCsv(record));
    }
    if (html !== null) await write(html, reportPage(await reportFacts(sql, model)));
    const written = [html, csv ?? null].map((file) =>
      file === null || file === '-' ? file : path.resolve(file),
    );
    const [report = null, rows = null] = written;
    if (json === true && !written.includes('-')) printJson({ model_id: model.model_id, report, csv: rows });
    else for (const file of written) if (file !== null && file !== '-') print(file);
  });
}

const nameOf = ({ strategy_type, symbol, model_id }: RegisteredModel): string =>
  `report-${strategy_type}-${symbol.replace(/[^A-Za-z0-9._-]/g, '_')}-${model_id.slice(0, 8)}.html`;

async function write(file: string, text: string): Promise<void> {
  if (file === '-') process.stdout.write(text);
  else
    await writeFile(file, text).catch((cause: unknown) => {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`${file} can't be written: ${why}`, { cause });
    });
}
