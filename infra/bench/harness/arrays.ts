import { writeFile } from 'node:fs/promises';
import path from 'node:path';

type Numbers = Float64Array | Float32Array | Int32Array | Uint8Array;

/** An array as peers/common.py reads it: a raw little-endian file in the job's folder. */
export interface ArrayFile {
  readonly file: string;
  readonly dtype: string;
  readonly shape: readonly number[];
}

/** Writes arrays for a peer; the names become those of the files. */
export async function writeArrays<Name extends string>(
  folder: string,
  arrays: Readonly<Record<Name, readonly [data: Numbers, shape: readonly number[]]>>,
): Promise<Record<Name, ArrayFile>> {
  const entries = Object.entries(arrays) as [Name, readonly [Numbers, readonly number[]]][];
  const files = await Promise.all(
    entries.map(async ([name, [data, shape]]) => {
      const file = `${name}.bin`;
      await writeFile(path.join(folder, file), new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
      return [name, { file, dtype: dtypeOf(data), shape }] as const;
    }),
  );
  // One entry a name, which fromEntries forgets.
  return Object.fromEntries(files) as Record<Name, ArrayFile>;
}

function dtypeOf(data: Numbers): string {
  if (data instanceof Float64Array) return '<f8';
  if (data instanceof Float32Array) return '<f4';
  return data instanceof Int32Array ? '<i4' : '|u1';
}
