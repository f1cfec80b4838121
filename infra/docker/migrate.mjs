// The job that runs once before an update of the services: checks the settings and brings the schema up to date. Each service
// does the same when it starts, so that this one only has to say what is wrong: 2 of a setting, 1 of anything else.
import { connectDatabase } from '../../packages/core/src/database/connect.ts';
import { lastingFault } from '../../packages/core/src/database/fault.ts';
import { migrate } from '../../packages/core/src/database/migrate.ts';
import { errorFacts } from '../../packages/core/src/log.ts';
import { settingsOrExit } from '../../packages/core/src/service/settings.ts';

const config = await settingsOrExit('prepare');
const sql = connectDatabase(config.DATABASE_URL, { applicationName: 'migrate', bars: config });
try {
  const applied = await migrate(sql);
  process.stdout.write(
    applied.length > 0 ? `migrated: ${applied.join(', ')}\n` : 'the schema is up to date\n',
  );
} catch (error) {
  process.stderr.write(
    `The schema could not be brought up to date: ${lastingFault(error) ?? errorFacts(error).error}\n`,
  );
  process.exitCode = 1;
} finally {
  await sql.end({ timeout: 1 });
}
