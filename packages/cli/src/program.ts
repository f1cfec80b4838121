import { formatNames } from '@ml-training/ingest';
import { ALL_SYMBOLS } from '@ml-training/core';
import type { Plain } from '@ml-training/strategies';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { cleanup } from './commands/cleanup.ts';
import { completion, type Shell } from './commands/completion.ts';
import { showData } from './commands/data.ts';
import { doctor } from './commands/doctor.ts';
import type { evaluate } from './commands/evaluate.ts';
import type { tune } from './commands/tune.ts';
import { fetchSymbols } from './commands/fetch.ts';
import { importFiles } from './commands/import.ts';
import { cancel, retry, showJob } from './commands/job.ts';
import { showJobs } from './commands/jobs.ts';
import { models } from './commands/models.ts';
import { predict } from './commands/predict.ts';
import { showQueue } from './commands/queue.ts';
import { showSchedule } from './commands/schedule.ts';
import { strategies } from './commands/strategies.ts';
import { promote, rollBack } from './commands/switch.ts';
import { report } from './commands/report.ts';
import { requestTraining } from './commands/train.ts';
import { watch } from './commands/watch.ts';
import { overAllWords, strategyWords } from './strategy-words.ts';

const positive = (input: string): number => {
  if (!/^[1-9]\d{0,5}$/.test(input))
    throw new InvalidArgumentError('It must be a whole number of 1 or more.');
  return Number(input);
};

const seed = (input: string): number => {
  const value = Number(input);
  if (!/^\d+$/.test(input) || !Number.isSafeInteger(value))
    throw new InvalidArgumentError('It must be a whole number of 0 or more.');
  return value;
};

const settings = (input: string): { readonly [name: string]: Plain } => {
  const wrong = new InvalidArgumentError(
    'It must be a JSON object of settings, such as \'{"lookahead": 5}\'.',
  );
  let value: unknown;
  try {
    value = JSON.parse(input);
  } catch {
    throw wrong;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong;
  return value as { readonly [name: string]: Plain }; // What JSON is, is plain.
};

const jsonObject = (input: string): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(input);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>; // Checked just before.
  } catch {
    // Said below.
  }
  throw new InvalidArgumentError(
    'It must be a JSON object, such as \'{"httpsProxy": "http://10.0.0.1:3128"}\'.',
  );
};

const position = (input: string): -1 | 0 | 1 => {
  const found = ([-1, 0, 1] as const).find((one) => String(one) === input);
  if (found === undefined) throw new InvalidArgumentError('It must be -1 (short), 0 (flat) or 1 (long).');
  return found;
};

/**
 * The ml command: what it can do, and which file does it. Made
 * anew for each use, as a command keeps what it was given.
 */
export function createProgram(): Command {
  const ml = new Command('ml')
    .description('Imports bars, asks for trainings, shows what came of them and what the models say.')
    // Thrown, not an exit: main.ts says with which code.
    .exitOverride()
    .showHelpAfterError('(ml --help, or ml COMMAND --help, shows what there is)');

  ml.command('import')
    .description(
      'load bars into market_data, of files as vendors give them: CSV, JSON, Feather, Parquet; .gz, .zip, .zst',
    )
    .argument('<file...>', 'all of a file or nothing of it is imported; importing again is harmless')
    .addOption(
      new Option('--format <name>', 'what the files are, where they are not told by themselves').choices(
        formatNames,
      ),
    )
    .option('--symbol <symbol>', 'of which symbol the bars are; where neither columns nor name of a file say')
    .option(
      '--timezone <zone>',
      'of times that say none: UTC, America/New_York, +02:00, or America/New_York+7 for MetaTrader',
    )
    .option(
      '--columns <list>',
      'which column is what, by name or place: time=Date,open=2,high=3,low=4,close=5',
    )
    .addOption(
      new Option('--dates <order>', 'what 03/04/2024 is, where no date of a file tells').choices([
        'day-first',
        'month-first',
      ]),
    )
    .option(
      '--adjust-splits',
      'divide prices, and multiply volumes, before each split that they were plainly not adjusted for',
    )
    .option('--dry-run', 'only read the files, and show what they are')
    .option('--json', 'a JSON array, an element a file')
    .action(importFiles);

  ml.command('fetch')
    .description(
      'fetch bars of symbols from a crypto exchange, by ccxt, into market_data: those not there yet',
    )
    .argument('<symbol...>', 'as ccxt writes them, such as BTC/USDT, or BTC/USDT:USDT of a perpetual')
    .requiredOption('--exchange <name>', 'as ccxt calls it, such as binance, kraken or coinbase')
    .requiredOption(
      '--interval <interval>',
      'what a bar lasts: 1m, 5m, 1h, 1d and what else the exchange has',
    )
    .option(
      '--since <time>',
      'from when on: 2020-01-01, 2026-11-26T14:00Z, 24h or 7d ago; else from the newest bar that is there, ' +
        'or 1000 bars',
    )
    .option('--exchange-options <json>', "what ccxt's exchange is made with, such as a proxy", jsonObject, {})
    .option('--json', 'a JSON array, an element a symbol')
    .action(fetchSymbols);

  ml.command('train')
    .description('ask for a training; without arguments, of every strategy and symbol')
    .argument('[strategy]', strategyWords)
    .argument('[symbol]', `one symbol; the ${overAllWords} is always trained over all`)
    .option('--wait', 'wait until every job has ended; exit 1 when one failed')
    .option('--json', 'a JSON object')
    .action(requestTraining);

  ml.command('jobs')
    .description('training jobs, newest first')
    .option(
      '--status <status...>',
      'queued, running, completed, failed or cancelled; several are any of them',
    )
    .option('--strategy <strategy>', strategyWords)
    .option('--symbol <symbol>', `one symbol; ${ALL_SYMBOLS} for the ${overAllWords}`)
    .option('--trigger <trigger>', 'schedule, manual or tick')
    .option('--run <run>', 'a run_id')
    .option('--error <code>', 'an error_code, such as TOO_FEW_BARS')
    .option('--since <time>', 'made then or later: 2026-11-26, 2026-11-26T14:00Z, 24h or 7d ago')
    .option('--until <time>', 'made before')
    .option('--limit <number>', 'at most so many', positive, 20)
    .option('--json', 'a JSON array')
    .action(showJobs);

  ml.command('job')
    .description('one job: its attempts, its error and what to do about it, its models')
    .argument('<job>', 'its job_id, or as much of it as "ml jobs" prints')
    .option('--logs', 'its log lines, too')
    .option('--json', 'a JSON object')
    .action(showJob);

  ml.command('cancel')
    .description('cancel a job that waits or runs; the training of a running one is stopped')
    .argument('<job>', 'its job_id, or as much of it as "ml jobs" prints')
    .option('--json', 'a JSON object')
    .action(cancel);

  ml.command('retry')
    .description('try a failed or cancelled job again, as a new job')
    .argument('<job>', 'its job_id, or as much of it as "ml jobs" prints')
    .option('--json', 'a JSON object')
    .action(retry);

  ml.command('queue')
    .description('what waits, what trainers hold, and what no job could be made of')
    .argument('[requeue]', 'the word requeue: put dead entries back as they were')
    .argument('[entry]', 'the id of one of them, or all')
    .option('--json', 'a JSON object')
    .action(showQueue);

  ml.command('models')
    .description('the models in use; pull: copy their files to a folder')
    .addArgument(
      new Argument('[verb]', 'pull: copy the files from where models are kept, by their sum').choices([
        'pull',
      ]),
    )
    .argument('[folder]', 'of pull: where to; MODEL_DIR when left out')
    .option('--all', 'the others too, newest first')
    .option('--decisions', 'how each did and why it was promoted or not, in words')
    .option('--limit <number>', 'at most so many', positive, 100)
    .option('--json', 'a JSON array; of pull an object')
    .action(models);

  ml.command('evaluate')
    .description(
      'walk forward: judge a strategy on several blocks of rows, each by a model of the bars before it',
    )
    .argument('<strategy>', strategyWords)
    .argument('[symbol]', 'one symbol; all that have enough bars when left out')
    .option('--folds <number>', 'blocks, and models trained', positive, 5)
    .option(
      '--bars <number>',
      'newest bars of a symbol to use; twice TRAINING_BATCH_SIZE when left out',
      positive,
    )
    .option('--seed <number>', 'TRAINING_SEED when left out', seed)
    .option(
      '--refit',
      'also refit each model on its block, and compare it with the judged one on the block after: what REFIT is worth',
    )
    .option('--json', 'a JSON object')
    // Strategies are loaded for this command alone.
    .action(async (...given: Parameters<typeof evaluate>) =>
      (await import('./commands/evaluate.ts')).evaluate(...given),
    );

  ml.command('tune')
    .description(
      'search better settings of a strategy, judged before the holdout; without a strategy, show what was found',
    )
    .argument('[strategy]', strategyWords)
    .argument('[symbol]', `one symbol; all when left out; the ${overAllWords} is always over all`)
    .option(
      '--trials <number>',
      'sets of settings to look at, those in use counted; TUNE_TRIALS when left out',
      positive,
    )
    .option('--folds <number>', 'blocks that the best of them are judged on', positive, 4)
    .option(
      '--bars <number>',
      'newest bars of a symbol, its holdout counted; twice TRAINING_BATCH_SIZE when left out',
      positive,
    )
    .option('--seed <number>', 'TRAINING_SEED when left out', seed)
    .option('--from-scratch', 'do not go on with what an earlier run of the search has found')
    .option('--forget', 'train with the settings of before any search again')
    .option('--json', 'a JSON array')
    .action(async (...given: Parameters<typeof tune>) => (await import('./commands/tune.ts')).tune(...given));

  ml.command('strategies')
    .description(
      'the strategies there are: the built-ins and your own of STRATEGIES_DIR, with what is wrong with one',
    )
    .addArgument(
      new Argument(
        '[verb]',
        'new: write a strategy to start from; check: look at one on bars of a symbol, in seconds',
      ).choices(['new', 'check']),
    )
    .argument('[name]', 'what it is called')
    .argument('[symbol...]', 'of check: on the bars of which symbol; several of one that learns from all')
    .option(
      '--bars <number>',
      'of check: newest bars; TRAINING_BATCH_SIZE, 2000 at most, when left out',
      positive,
    )
    .option('--params <json>', 'of check: settings over those of TRAINING_PARAMS, as a JSON object', settings)
    .option('--json', 'a JSON array; of new and check an object')
    .action(strategies);

  ml.command('report')
    .description("a model's report as one file of HTML, or the rows of its holdout as CSV")
    .argument('<model>', 'its model_id, or as much of it as "ml models --all" prints')
    .option('-o, --output <file>', 'where to write the report; report-STRATEGY-SYMBOL-MODEL.html here')
    .option('--csv <file>', 'write the holdout rows there, instead or with -o besides; - prints them')
    .option('--json', 'a JSON object')
    .action(report);

  ml.command('promote')
    .description('put a model in use, whatever MODEL_PROMOTION says, and tell the bots')
    .argument('<model>', 'its model_id, or as much of it as "ml models --all" prints')
    .option('--json', 'a JSON object')
    .action(promote);

  ml.command('rollback')
    .description('put the model in use again that was so before the present one, and tell the bots')
    .argument('<strategy>', strategyWords)
    .argument('<symbol>', `one symbol, also of the ${overAllWords}`)
    .option('--json', 'a JSON object')
    .action(rollBack);

  ml.command('predict')
    .description('what the model in use says of the newest bars in market_data')
    .argument('<strategy>', strategyWords)
    .argument('<symbol>', `one symbol, also of the ${overAllWords}`)
    .option(
      '--position <held>',
      'what is held now: -1 short, 0 flat, 1 long; it counts in what to do now',
      position,
    )
    .option('--explain', 'why: what each feature of the last bar counts for')
    .option('--json', 'a JSON object')
    .action(predict);

  ml.command('schedule')
    .description('when runs start: the schedule in words, and the next ticks')
    .option('--count <number>', 'so many ticks', positive, 10)
    .option('--json', 'a JSON object')
    .action(showSchedule);

  ml.command('data')
    .description('the bars there are: how many of each symbol, how old, and whether some are missing')
    .argument('[symbol]', 'one symbol, with where its bars are missing')
    .option('--json', 'a JSON array; of one symbol an object')
    .action(showData);

  ml.command('watch')
    .description('a live view of a running fleet; elsewhere than on a terminal a line at each change')
    .option('--json', 'a JSON object a line, at each change')
    .action(watch);

  ml.command('cleanup')
    .description(
      'delete what is past its retention, and what lacks its file or row, as the scheduler does hourly',
    )
    .option('--dry-run', 'only show what would be deleted')
    .option('--json', 'a JSON object')
    .action(cleanup);

  ml.command('doctor')
    .description('what is installed, reachable and configured, and what to do about what is not')
    .option('--json', 'a JSON array')
    .action(doctor);

  ml.command('completion')
    .description('print what makes a shell complete this command: eval "$(ml completion bash)"')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .action((shell: Shell) => completion(createProgram(), shell));

  ml.command('up', { hidden: true })
    .description('what npm start does after set-up: servers, sample bars, the fleet, one training run')
    .option('--once', 'end after the run: 0 when every job completed, else 1')
    .option('--watch', 'restart a service when a source of it changes')
    // It alone needs the embedded servers, which a container doesn't carry.
    .action(async (options: { once?: true; watch?: true }) => (await import('./up/up.ts')).up(options));
  return ml;
}
