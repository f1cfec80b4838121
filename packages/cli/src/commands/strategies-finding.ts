import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { connectDatabase, errorFacts, withDeadline, type Config } from '@ml-training/core';
import { describeFolder, type Described } from '@ml-training/inference';
import { fine, wrong, type Finding } from './finding.ts';

/** How many there are of the user's own, which can't be used, and whether the fleet knows the same code. */
export async function strategiesFinding(config: Config, answerMs: number): Promise<Finding> {
  const check = 'strategies';
  const folder = path.resolve(config.STRATEGIES_DIR);
  if (existsSync(folder) && !statSync(folder).isDirectory())
    return wrong(check, `${folder} (STRATEGIES_DIR) is no folder`, 'point STRATEGIES_DIR to a folder');
  let own: readonly Described[];
  try {
    own = await describeFolder(folder);
  } catch (error) {
    return wrong(
      check,
      `${folder} (STRATEGIES_DIR): ${errorFacts(error).error}`,
      'let this user read the folder and all that is in it',
    );
  }
  if (own.length === 0) return fine(check, `none of your own in ${folder}`);
  const broken = own.flatMap(({ name, problem }) => (problem === null ? [] : [{ name, problem }]));
  const elsewhere = await knownOtherwise(config, own, answerMs);
  const detail = [
    `${own.length} of your own in ${folder}: ${own.map(({ name }) => name).join(', ')}`,
    ...broken.map(({ name, problem }) => `${name} can not be used: ${problem.split('\n')[0]!}`),
    ...elsewhere,
  ].join('\n');
  const advice = [
    ...(broken.length > 0
      ? [`mend ${broken.map(({ name }) => name).join(', ')}; "ml strategies" says whether`]
      : []),
    ...(elsewhere.length > 0
      ? ['mount the same folder in every trainer, which looks at it each 5 s, and start one where none runs']
      : []),
  ].join('; ');
  return advice === '' ? fine(check, detail) : wrong(check, detail, advice);
}

/** Those of whose code the database was last told otherwise, in words; none where that can't be known. */
async function knownOtherwise(
  config: Config,
  own: readonly Described[],
  answerMs: number,
): Promise<string[]> {
  const sql = connectDatabase(config.DATABASE_URL, { applicationName: 'ml doctor', max: 1 });
  try {
    const rows = await withDeadline(
      sql<{ strategy_type: string; sum: string; described_at: Date }[]>`
        SELECT strategy_type, sum, described_at FROM ml_strategies WHERE sum IS NOT NULL AND in_folder`,
      answerMs,
      'SELECT',
    );
    const known = new Map(rows.map((row) => [row.strategy_type, row]));
    return own.flatMap(({ name, facts }) => {
      const row = known.get(name);
      if (facts === null || row === undefined || row.sum === facts.sum) return [];
      const at = row.described_at.toISOString().slice(0, 19).replace('T', ' ');
      return [
        `${name}: the fleet was told of other code at ${at} UTC ` +
          `(sum ${row.sum.slice(0, 8)}, here ${facts.sum.slice(0, 8)})`,
      ];
    });
  } catch {
    // Said by the line on PostgreSQL.
    return [];
  } finally {
    await sql.end({ timeout: 1 });
  }
}
