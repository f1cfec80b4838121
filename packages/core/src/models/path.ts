import { createHash } from 'node:crypto';
import path from 'node:path';
import type { StrategyType } from '@ml-training/sdk';
import { FleetError } from '../errors.ts';
import { isSymbol } from '../symbol.ts';

/** Longest file name of Linux, macOS and Windows file systems, in bytes. */
const maxFileName = 255;

/**
 * The one way from a symbol to the name of its folder. A-Z a-z 0-9 . _ - stand for themselves, everything
 * else becomes %XX, a byte of its UTF-8 each (BTC/USD → BTC%2FUSD); `decodeURIComponent` leads back, so no
 * two symbols share a name. A symbol whose name would be longer than 255 bytes so has the beginning of it, `~`
 * and half of its SHA-256. Upper and lower case are different symbols; on a file system that takes them for one,
 * saving the second is refused.
 * @throws FleetError SYMBOL_INVALID for what is empty, `.` or `..`, has control characters, white space at an
 *   end or half a surrogate pair, or is longer than any symbol and needs a name of more than 255 bytes
 */
export function symbolFolder(symbol: string): string {
  if (symbol.length > maxFileName) throw invalid(symbol, `has ${symbol.length} characters`);
  if (symbol === '') throw invalid(symbol, 'is empty');
  if (symbol === '.' || symbol === '..') throw invalid(symbol, 'is the name of a folder above');
  if (/[\u0000-\u001f\u007f-\u009f]/.test(symbol)) throw invalid(symbol, 'has a control character');
  if (symbol !== symbol.trim()) throw invalid(symbol, 'begins or ends with white space');
  if (!symbol.isWellFormed()) throw invalid(symbol, 'has half a surrogate pair');
  const folder = symbol.replaceAll(/[^A-Za-z0-9._-]+/g, escapeBytes);
  if (folder.length > maxFileName && isSymbol(symbol)) return shortened(symbol, folder);
  if (folder.length > maxFileName) throw invalid(symbol, `needs a folder name of ${folder.length} bytes`);
  return folder;
}

/** `<modelDir>/<strategy type>/<SYMBOL>`, where the models of a strategy and symbol lie. */
export function modelFolder(modelDir: string, strategyType: StrategyType, symbol: string): string {
  return path.join(modelDir, strategyType, symbolFolder(symbol));
}

const hashLength = 32;

function shortened(symbol: string, folder: string): string {
  const hash = createHash('sha256').update(symbol).digest('hex').slice(0, hashLength);
  // No half of an escaped byte.
  const beginning = folder.slice(0, maxFileName - hashLength - 1).replace(/%.?$/, '');
  return `${beginning}~${hash}`;
}

function escapeBytes(text: string): string {
  return Buffer.from(text).toString('hex').toUpperCase().replaceAll(/../g, '%$&');
}

function invalid(symbol: string, problem: string): FleetError {
  const shown = JSON.stringify(symbol.length > 40 ? `${symbol.slice(0, 40)}…` : symbol);
  return new FleetError(
    'SYMBOL_INVALID',
    `symbol ${shown} ${problem}; a symbol names a folder of model files and must fit ${maxFileName} ` +
      'bytes there',
  );
}
