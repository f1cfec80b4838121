import path from 'node:path';
import { Transform, type Readable, pipeline } from 'node:stream';
import { FleetError } from '@ml-training/core';
import type { Entry, ZipFile } from 'yauzl';

/** What may lie beside the bars in an archive: notes, and what macOS adds. */
const isBeside = (name: string): boolean =>
  name.endsWith('/') || name.startsWith('__MACOSX/') || path.basename(name).startsWith('.');
const isNote = (name: string): boolean => /\.(txt|md|pdf|html?|checksum|sha256)$/i.test(name);

/**
 * The one file of bars in a zip.
 * @throws FleetError BARS_INVALID where there is none, or more than one
 */
export async function openZipEntry(
  file: string,
): Promise<{ name: string; stream: Readable; bytesRead: () => number }> {
  const zip = await openZip(file);
  try {
    const entries: Entry[] = [];
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName === '[Content_Types].xml')
        throw invalid(`${file} is an Excel workbook (.xlsx): open it in Excel and save it as CSV`);
      if (!isBeside(entry.fileName)) entries.push(entry);
      if (entries.length > 1000) break;
    }
    const bars = entries.filter(({ fileName }) => !isNote(fileName));
    const [entry, ...more] = bars.length > 0 ? bars : entries;
    if (entry === undefined) throw invalid(`${file} is a zip with no file in it`);
    if (more.length > 0)
      throw invalid(
        `${file} is a zip with several files in it (${entry.fileName}, ${more[0]!.fileName}` +
          `${more.length > 1 ? ' …' : ''}): unpack it, and give them to the import`,
      );
    if (entry.isEncrypted())
      throw invalid(`${file} is a zip with a password: unpack it, and give what comes out`);
    let bytes = 0;
    const unpacked = await zip.openReadStreamPromise(entry);
    // Progress is told in bytes of the file: as much as its share of what was unpacked.
    const share = entry.compressedSize / Math.max(1, entry.uncompressedSize);
    const counted = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        bytes += chunk.length;
        done(null, chunk);
      },
    });
    const stream = pipeline(unpacked, counted, () => zip.close());
    return { name: path.basename(entry.fileName), stream, bytesRead: () => Math.floor(bytes * share) };
  } catch (error) {
    zip.close();
    throw error;
  }
}

async function openZip(file: string): Promise<ZipFile> {
  // Loaded for archives alone.
  const { openPromise } = await import('yauzl');
  return openPromise(file, { autoClose: false, lazyEntries: true });
}

const invalid = (message: string): FleetError => new FleetError('BARS_INVALID', message);
