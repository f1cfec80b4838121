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
  const bytes = await read(modelDir, absolute, filePath);
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

async function read(modelDir: string, absolute: string, filePath: string): Promise<Buffer> {
  try {
    await refuseEscape(modelDir, absolute);
    const { size } = await stat(absolute);
    if (size > maxBytes) throw invalid(filePath, `has ${size} bytes; a model has ${maxBytes} at most`);
    return await readFile(absolute);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) {
      const advice = 'put it back from a backup, or activate another model';
      throw new FleetError('MODEL_FILE_MISSING', `${filePath} is not below ${modelDir}: ${advice}`, {
        cause: error,
      });
    }
    if (isErrno(error, 'EISDIR', 'EACCES', 'EIO'))
      throw new FleetError('MODEL_FILE_INVALID', `${filePath} can't be read: ${error.message}`, {
        cause: error,
      });
    throw error;
  }
}

function invalid(filePath: string, problem: string): FleetError {
  return new FleetError(
    'MODEL_FILE_INVALID',
    `${filePath} ${problem}; put it back from a backup, or activate another model`,
  );
}
