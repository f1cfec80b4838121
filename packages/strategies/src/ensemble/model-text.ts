import { deflateSync, inflateSync } from 'node:zlib';
import type { Plain } from '../strategy.ts';
import { invalid } from './invalid.ts';

/** LightGBM's model text as a member holds it: deflated to about a third, for Python's `zlib.decompress`. */
export type StoredText = { readonly model_text_zlib: Uint8Array; readonly model_text_bytes: number };

/** No model of this ensemble comes near; a text that says it is larger is not inflated. */
const mostBytes = 64 * 2 ** 20;

export function storeText(text: string): StoredText {
  const bytes = Buffer.from(text);
  if (bytes.length > mostBytes)
    throw new RangeError(`trees of ${bytes.length} bytes are more than the ${mostBytes} a model may hold`);
  const deflated = deflateSync(bytes);
  return { model_text_zlib: new Uint8Array(deflated), model_text_bytes: bytes.length };
}

/**
 * The text of a member; models of earlier versions hold it as it is, as `model_text`.
 * @throws StrategyError INVALID_MODEL when there is none, or it doesn't inflate to exactly the announced
 * size.
 */
export function readText(member: { readonly [key: string]: Plain }, where: string): string {
  const { model_text, model_text_zlib, model_text_bytes } = member;
  if (typeof model_text === 'string') return model_text;
  if (!(model_text_zlib instanceof Uint8Array)) throw invalid(where, 'has no model_text_zlib');
  const announced = typeof model_text_bytes === 'number' ? model_text_bytes : NaN;
  if (!Number.isSafeInteger(announced) || announced < 1 || announced > mostBytes)
    throw invalid(where, `has no model_text_bytes from 1 to ${mostBytes}`);
  let bytes: Buffer;
  try {
    bytes = inflateSync(model_text_zlib, { maxOutputLength: announced });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw invalid(where, `has a text that can't be inflated to ${announced} bytes (${why})`);
  }
  if (bytes.length !== announced)
    throw invalid(where, `has a text of ${bytes.length} bytes where ${announced} are announced`);
  return bytes.toString('utf8');
}
