import { createHash } from 'node:crypto';
import path from 'node:path';
import { FleetError } from '../errors.ts';
import { checkContent, contentOf, isShared, type ModelContent, type SharedContent } from './content.ts';
import { modelNamed } from './files.ts';
import { invalidModel } from './invalid.ts';
import { symbolFolder } from './path.ts';
import { parseOnce } from './parse-once.ts';
import { parsePickle } from './pickle/parse.ts';
import { maxModelBytes, readRegularFile } from './read-file.ts';
import { storeAt, type ModelsPlace, type RegisteredFile } from './store.ts';

/**
 * Reads a model file and checks that it is whole, plain data, and the model that its path says.
 * @param filePath as the registry has it
 * @param registered what the registry has; without it sum and size are not checked
 * @throws FleetError MODEL_FILE_MISSING, or MODEL_FILE_INVALID with the file's path and what is wrong with it
 */
export async function readModel(
  place: ModelsPlace,
  filePath: string,
  registered?: RegisteredFile,
): Promise<ModelContent> {
  const { strategyType, folder, timestamp } = modelNamed(filePath);
  const bytes = await readModelBytes(place, filePath, registered);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const file = parseOnce(sha256, () => checkContent(parsePickle(bytes, filePath), filePath));
  const known = isShared(file) ? Object.keys(file.symbols) : [file.symbol];
  const content = contentOf(file, known.find((one) => isOf(one, folder)) ?? '');
  if (content === null || content.strategy_type !== strategyType || content.timestamp !== timestamp)
    throw invalidModel(filePath)(
      `holds the model ${file.strategy_type}, ${isShared(file) ? namesOf(file) : file.symbol.slice(0, 100)}, ` +
        `${file.timestamp}: it lies under a wrong name`,
    );
  return content;
}

/** A model's bytes, of the sum that is registered. @throws as `readModel` */
export async function readModelBytes(
  place: ModelsPlace,
  filePath: string,
  registered?: RegisteredFile,
): Promise<Uint8Array> {
  const store = await storeAt(place);
  const bytes = await store.read(filePath, registered);
  if (bytes === null)
    throw missing(
      `${filePath} is not below ${store.name}: put it back from a backup, or activate another model`,
    );
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (registered !== undefined && sha256 !== registered.sha256.toLowerCase())
    throw invalidModel(filePath)(
      `has sha256 ${sha256}, but ${registered.sha256} was registered: it was changed or damaged since`,
    );
  return bytes;
}

/**
 * Reads a model file wherever it lies and whatever it is called, such as a copy beside a bot. Its sum is not
 * checked.
 * @param symbol for which of its symbols, of a model over several; default: the one that its folder is named
 *   after, as below MODEL_DIR, or its only one
 * @throws FleetError MODEL_FILE_MISSING, or MODEL_FILE_INVALID with the file's path and what is wrong with it;
 *   REQUEST_INVALID for a symbol that it does not know
 */
export async function readModelFile(file: string, symbol?: string): Promise<ModelContent> {
  const bytes = await readRegularFile(file, { within: null, maxBytes: maxModelBytes }, invalidModel(file));
  if (bytes === null) throw missing(`${file} is not there`);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const found = parseOnce(sha256, () => checkContent(parsePickle(bytes, file), file));
  const known = isShared(found) ? Object.keys(found.symbols) : [found.symbol];
  const wanted = symbol ?? known.find((one) => isOf(one, path.basename(path.dirname(path.resolve(file)))));
  const content = contentOf(found, wanted ?? (known.length === 1 ? known[0]! : ''));
  if (content !== null) return content;
  throw new FleetError(
    'REQUEST_INVALID',
    `${file} holds a model of ${isShared(found) ? namesOf(found) : found.symbol}` +
      (symbol === undefined ? ': say for which of them it is to answer' : `, and none of ${symbol}`),
  );
}

/** Whether a folder is named after a symbol. */
function isOf(symbol: string, folder: string): boolean {
  try {
    return symbolFolder(symbol) === folder;
  } catch {
    return false;
  }
}

/** The first of its symbols, and how many there are. */
function namesOf({ symbols }: SharedContent): string {
  const names = Object.keys(symbols);
  const shown = names.slice(0, 3).map((name) => name.slice(0, 100));
  return names.length > shown.length ? `${names.length} symbols (${shown.join(', ')}, …)` : shown.join(', ');
}

const missing = (message: string): FleetError => new FleetError('MODEL_FILE_MISSING', message);
