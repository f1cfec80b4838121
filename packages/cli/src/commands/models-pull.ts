import path from 'node:path';
import { errorFacts, modelFilesOf, pullModels } from '@ml-training/core';
import { print, printJson } from '../output.ts';
import { withDatabase } from '../servers.ts';

interface Options {
  readonly all?: true;
  readonly json?: true;
}

/** Copies the files of models to a folder, for programs that read files; exit code 1 where one could not be read. */
export async function pull(given: string | undefined, options: Options): Promise<void> {
  await withDatabase(async (sql, config) => {
    const folder = path.resolve(given ?? config.MODEL_DIR);
    const rows = await modelFilesOf(sql, { active: options.all !== true });
    const problems: { file_path: string; problem: string }[] = [];
    const { written, linked, kept } = await pullModels(config, rows, folder, (file_path, error) =>
      problems.push({ file_path, problem: errorFacts(error).error }),
    );
    if (options.json === true) printJson({ folder, written, linked, kept, problems });
    else
      print(
        `${folder}: ${rows.length - problems.length} models, of which ${written} written, ${linked} linked to one of ` +
          `the same content, ${kept} there already.`,
      );
    for (const { problem } of problems) process.stderr.write(`${problem}\n`);
    if (problems.length > 0) process.exitCode = 1;
  });
}
