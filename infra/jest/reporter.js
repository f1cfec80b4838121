// What `npm test` shows: a line a file, a failure once and whole, and at the end what took longest, was skipped, failed.
import path from 'node:path';

const shown = 10;

export default class {
  #root;
  #done = 0;

  constructor(config) {
    this.#root = config.rootDir;
  }

  onTestFileResult(test, result, aggregated) {
    this.#done += 1;
    const total = aggregated.numTotalTestSuites;
    const failed = result.numFailingTests > 0 || result.testExecError !== undefined;
    const count = `[${String(this.#done).padStart(String(total).length)}/${total}]`;
    say(
      `${count} ${failed ? 'FAILED' : 'ok    '} ${seconds(result.perfStats.runtime)}  ${this.#name(result)}`,
    );
    if (!failed) return;
    for (const { message } of result.console ?? []) say(message);
    say(result.failureMessage ?? '');
  }

  onRunComplete(_contexts, results) {
    const files = results.testResults.map((file) => [file.perfStats.runtime, this.#name(file)]);
    const tests = results.testResults.flatMap((file) =>
      file.testResults.map((test) => [
        test.duration ?? 0,
        `${test.fullName}  (${path.basename(file.testFilePath)})`,
      ]),
    );
    if (files.length > 1) slowest('files', files);
    if (tests.length > shown) slowest('tests', tests);
    list(
      'Skipped, with the reason in its name',
      results.testResults.flatMap((file) => titles(file, 'pending')),
    );
    list(
      'Failed; what was wrong is above',
      results.testResults.flatMap((file) =>
        file.testExecError === undefined
          ? titles(file, 'failed').map((title) => `${this.#name(file)}: ${title}`)
          : [this.#name(file)],
      ),
    );
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const took = Math.round((Date.now() - results.startTime) / 1000);
    say(
      `\n${results.numPassedTests} passed, ${failed} failed, ${results.numPendingTests} skipped in ` +
        `${Math.floor(took / 60)} min ${took % 60} s`,
    );
  }

  #name(file) {
    return path.relative(this.#root, file.testFilePath);
  }
}

function slowest(what, rows) {
  say(`\nSlowest ${what}:`);
  for (const [ms, name] of rows.sort(([a], [b]) => b - a).slice(0, shown)) say(`${seconds(ms)}  ${name}`);
}

function list(head, names) {
  if (names.length > 0) say(`\n${head}:\n${names.map((name) => `- ${name}`).join('\n')}`);
}

const titles = (file, status) =>
  file.testResults.filter((test) => test.status === status).map((test) => test.fullName);

const seconds = (ms) => `${(ms / 1000).toFixed(1).padStart(6)} s`;

function say(line) {
  process.stderr.write(`${line}\n`);
}
