import { createHash } from 'node:crypto';
import { FleetError } from '../errors.ts';
import { checkContent, type ModelContent } from './content.ts';
import { locateModel } from './files.ts';
import { symbolFolder } from './path.ts';
import { parsePickle } from './pickle/parse.ts';
import { maxModelBytes, readRegularFile } from './read-file.ts';

/** What the registry has of a model's file. (PostgreSQL's bigint comes as a string.) */
export interface RegisteredFile {
  readonly sha256: string;
  readonly size_bytes?: string | number;
}

/**
 * Reads a model file and checks that it is whole, plain data, and the model that its path says.
 * @param filePath as the registry has it
 * @param registered what the registry has; without it sum and size are not checked
 * @throws FleetError MODEL_FILE_MISSING, or MODEL_FILE_INVALID with the file's path and what is wrong with it
 */
export async function readModel(
  modelDir: string,
  filePath: string,
  registered?: RegisteredFile,
): Promise<ModelContent> {
  const { absolute, strategyType, folder, timestamp } = locateModel(modelDir, filePath);
  const size = registered?.size_bytes;
  const bytes = await readRegularFile(
    absolute,
    { within: modelDir, maxBytes: maxModelBytes, bytes: size === undefined ? undefined : Number(size) },
    invalid(filePath),
  );
  if (bytes === null)
    throw missing(
      `${filePath} is not below ${modelDir}: put it back from a backup, or activate another model`,
    );
  if (registered !== undefined) {
    const found = createHash('sha256').update(bytes).digest('hex');
    if (found !== registered.sha256.toLowerCase())
      throw invalid(filePath)(
        `has sha256 ${found}, but ${registered.sha256} was registered: it was changed or damaged since`,
      );
  }
  const content = checkContent(parsePickle(bytes, filePath), filePath);
  if (
    content.strategy_type !== strategyType ||
    folderOf(content.symbol) !== folder ||
    content.timestamp !== timestamp
  )
    throw invalid(filePath)(
      `holds the model ${content.strategy_type}, ${content.symbol.slice(0, 100)}, ` +
        `${content.timestamp}: it lies under ` +
        'a wrong name',
    );
  return content;
}

/**
 * Reads a model file wherever it lies and whatever it is called, such as a copy beside a bot. Its sum is not
 * checked.
 * @throws FleetError MODEL_FILE_MISSING, or MODEL_FILE_INVALID with the file's path and what is wrong with it
 */
export async function readModelFile(file: string): Promise<ModelContent> {
  const bytes = await readRegularFile(file, { within: null, maxBytes: maxModelBytes }, invalid(file));
  if (bytes === null) throw missing(`${file} is not there`);
  return checkContent(parsePickle(bytes, file), file);
}

/** Null for what no symbol's folder is named after. */
function folderOf(symbol: string): string | null {
  try {
    return symbolFolder(symbol);
  } catch {
    return null;
  }
}

const missing = (message: string): FleetError => new FleetError('MODEL_FILE_MISSING', message);

const invalid =
  (filePath: string) =>
  (problem: string, cause?: Error): FleetError =>
    new FleetError(
      'MODEL_FILE_INVALID',
      `${filePath} ${problem}; put it back from a backup, or activate another model`,
      cause === undefined ? undefined : { cause },
    );
