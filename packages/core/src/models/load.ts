import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { isErrno } from '../errno.ts';
import { FleetError } from '../errors.ts';
import { checkContent, type ModelContent } from './content.ts';
import { locateModel, refuseEscape } from './files.ts';
import { symbolFolder } from './path.ts';
import { parsePickle } from './pickle/parse.ts';

/** Larger than any model (the guide says 10 to 50 MB), small enough to read at once. */
const maxBytes = 2 ** 30;

/**
 * Reads a model file and checks that it is whole, plain data, and the model that its path says.
 * @param filePath as the registry has it
 * @param sha256 what the registry has; without it the sum is not checked
 * @throws FleetError MODEL_FILE_MISSING, or MODEL_FILE_INVALID with the file's path and what is wrong with it
 */
export async function readModel(modelDir: string, filePath: string, sha256?: string): Promise<ModelContent> {
  const { absolute, strategyType, folder, timestamp } = locateModel(modelDir, filePath);
  await refuseEscape(modelDir, absolute).catch(explain(filePath, modelDir));
  const bytes = await read(absolute).catch(explain(filePath, modelDir));
  if (sha256 !== undefined) {
    const found = createHash('sha256').update(bytes).digest('hex');
    if (found !== sha256.toLowerCase())
      throw invalid(
        filePath,
        `has sha256 ${found}, but ${sha256} was registered: it was changed or damaged since`,
      );
  }
  const content = checkContent(parsePickle(bytes, filePath), filePath);
  if (
    content.strategy_type !== strategyType ||
    symbolFolder(content.symbol) !== folder ||
    content.timestamp !== timestamp
  )
    throw invalid(
      filePath,
      `holds the model ${content.strategy_type}, ${content.symbol}, ${content.timestamp}: it lies under a wrong name`,
    );
  return content;
}

/**
 * Reads a model file wherever it lies and whatever it is called, such as a copy beside a bot. Its sum is not checked.
 * @throws FleetError MODEL_FILE_MISSING, or MODEL_FILE_INVALID with the file's path and what is wrong with it
 */
export async function readModelFile(file: string): Promise<ModelContent> {
  const bytes = await read(file).catch(explain(file, null));
  return checkContent(parsePickle(bytes, file), file);
}

async function read(file: string): Promise<Buffer> {
  const { size } = await stat(file);
  if (size > maxBytes) throw invalid(file, `has ${size} bytes; a model has ${maxBytes} at most`);
  return readFile(file);
}

/** Turns the operating system's word into what it means for a model; `modelDir` null for a file outside of one. */
const explain =
  (filePath: string, modelDir: string | null) =>
  (cause: unknown): never => {
    if (isErrno(cause, 'ENOENT', 'ENOTDIR'))
      throw new FleetError(
        'MODEL_FILE_MISSING',
        modelDir === null
          ? `${filePath} is not there`
          : `${filePath} is not below ${modelDir}: put it back from a backup, or activate another model`,
        { cause },
      );
    if (isErrno(cause, 'EISDIR', 'EACCES', 'EIO'))
      throw new FleetError('MODEL_FILE_INVALID', `${filePath} can't be read: ${cause.message}`, { cause });
    throw cause;
  };

function invalid(filePath: string, problem: string): FleetError {
  return new FleetError(
    'MODEL_FILE_INVALID',
    `${filePath} ${problem}; put it back from a backup, or activate another model`,
  );
}
