import path from 'node:path';
import { checkJson, importBars } from '@ml-training/core';
import { print, printJson, statusLine } from '../output.ts';
import { withDatabase } from '../servers.ts';

export async function importFiles(files: readonly string[], options: { json?: true }): Promise<void> {
  await withDatabase(async (sql, config) => {
    const results = [];
    for (const file of files) {
      const line = statusLine();
      const began = performance.now();
      const result = await importBars(sql, file, {
        check: config,
        onProgress: ({ stage, rows, bytes, totalBytes }) => {
          // Short files are done before anybody could read a line about them.
          if (performance.now() - began < 1000) return;
          const share = totalBytes > 0 ? ` ${Math.floor((100 * bytes) / totalBytes)} %,` : '';
          line.show(`${path.basename(file)}: ${stage}${share} ${rows} rows`);
        },
      });
      line.end();
      results.push({ file, ...result });
      if (options.json !== true) {
        print(
          `${file}: ${result.rows} rows of ${result.symbols.join(', ')}` +
            `${result.columns === undefined ? '' : ` with ${result.columns.join(', ')}`}: ` +
            `${result.inserted} new, ` +
            `${result.revised} revised, ${result.unchanged} unchanged`,
        );
        for (const { findings } of result.checks ?? [])
          for (const { words } of findings) print(`  look at the bars: ${words}`);
      }
    }
    if (options.json === true)
      printJson(
        results.map(({ columns = [], checks = [], ...result }) => ({
          ...result,
          columns,
          data_check: Object.fromEntries(checks.map((check) => [check.symbol, checkJson(check)])),
        })),
      );
  });
}
