import { FleetError } from '../errors.ts';

/** Makes the error that says what is wrong with a model's file. */
export const invalidModel =
  (filePath: string) =>
  (problem: string, cause?: Error): FleetError =>
    new FleetError(
      'MODEL_FILE_INVALID',
      `${filePath} ${problem}; put it back from a backup, or activate another model`,
      cause === undefined ? undefined : { cause },
    );
