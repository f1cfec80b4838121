import { FleetError, errorFacts } from '@ml-training/core';
import { CommanderError } from 'commander';
import { exitCodes } from './exit-codes.ts';
import { createProgram } from './program.ts';

try {
  process.exitCode = exitCodes.ok;
  await createProgram().parseAsync();
} catch (error) {
  // It has said what was wrong, or shown the help that was asked for.
  if (error instanceof CommanderError)
    process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.failed;
  else {
    const wrongSettings = error instanceof FleetError && error.code === 'CONFIG_INVALID';
    // A FleetError's message is written for people and whole; of others the cause says more.
    const message = error instanceof FleetError ? error.message : errorFacts(error).error;
    process.stderr.write(`${wrongSettings ? 'Wrong settings:\n' : ''}${message}\n`);
    process.exitCode = wrongSettings ? exitCodes.wrongSettings : exitCodes.failed;
  }
}
