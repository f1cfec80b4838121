// LZ4 as Arrow's files have it: frames of blocks (LZ4 Frame Format Description 1.6.4, LZ4 Block Format
// Description). Kept libraries for it are native, or don't take blocks that refer to those before.

const magic = 0x184d2204;

/**
 * Unpacks one frame.
 * @throws RangeError for what is none, or is damaged
 */
export function decodeLz4Frame(frame: Uint8Array): Uint8Array {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (frame.length < 7 || view.getUint32(0, true) !== magic) throw new RangeError('no LZ4 frame');
  const flags = frame[4]!;
  const [blockSums, hasSize, hasDictionary] = [flags & 0x10, flags & 0x08, flags & 0x01];
  if (hasDictionary !== 0) throw new RangeError('an LZ4 frame with a dictionary');
  const maxBlock = 1 << (8 + 2 * ((frame[5]! >> 4) & 7));
  let out = new Uint8Array(hasSize === 0 ? maxBlock : Number(view.getBigUint64(6, true)));
  let at = 6 + (hasSize === 0 ? 0 : 8) + 1;
  let length = 0;
  for (;;) {
    const word = view.getUint32(at, true);
    at += 4;
    if (word === 0) return out.subarray(0, length);
    const size = word & 0x7fffffff;
    if (at + size > frame.length) throw new RangeError('an LZ4 frame that is cut short');
    if (out.length < length + maxBlock && hasSize === 0) {
      const larger = new Uint8Array(2 * out.length + maxBlock);
      larger.set(out);
      out = larger;
    }
    const block = frame.subarray(at, at + size);
    if (word >>> 31 === 1) out.set(block, length);
    length = word >>> 31 === 1 ? length + size : decodeBlock(block, out, length);
    at += size + (blockSums === 0 ? 0 : 4);
  }
}

/** @returns where the output ends; blocks may copy from whatever lies before in it */
function decodeBlock(block: Uint8Array, out: Uint8Array, from: number): number {
  let at = 0;
  let to = from;
  const more = (start: number): number => {
    let length = start;
    if (start !== 15) return length;
    for (let byte = 255; byte === 255; length += byte) byte = block[at++] ?? 0;
    return length;
  };
  while (at < block.length) {
    const token = block[at++]!;
    const literals = more(token >> 4);
    if (at + literals > block.length || to + literals > out.length)
      throw new RangeError('a damaged LZ4 block');
    out.set(block.subarray(at, at + literals), to);
    at += literals;
    to += literals;
    if (at >= block.length) break; // The last sequence is of literals alone.
    const offset = block[at]! | (block[at + 1]! << 8);
    at += 2;
    const length = more(token & 15) + 4;
    if (offset === 0 || offset > to || to + length > out.length) throw new RangeError('a damaged LZ4 block');
    if (offset >= length) out.copyWithin(to, to - offset, to - offset + length);
    // What is copied may overlap what it is copied to, which repeats it.
    else for (let i = 0; i < length; i++) out[to + i] = out[to + i - offset]!;
    to += length;
  }
  return to;
}
