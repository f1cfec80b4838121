// What a file is, by its own first bytes: names lie.

export type Packing = 'gzip' | 'zstd' | 'zip';

/** How it is packed; null where it isn't. */
export function packing(head: Buffer): Packing | null {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  if (head.subarray(0, 4).equals(Buffer.of(0x28, 0xb5, 0x2f, 0xfd))) return 'zstd';
  if (head.subarray(0, 4).equals(Buffer.from('PK\x03\x04'))) return 'zip';
  return null;
}

export type ContentKind =
  | { readonly kind: 'text' | 'json' | 'arrow' | 'parquet' }
  /** No bars can be read from it: what it is, and what to do. */
  | { readonly kind: 'no'; readonly why: string };

const signatures: readonly (readonly [bytes: string, kind: ContentKind])[] = [
  ['ARROW1\0\0', { kind: 'arrow' }],
  ['PAR1', { kind: 'parquet' }],
  [
    'FEA1',
    no('is Feather of version 1, which nobody writes any more: write it as version 2 (pandas: to_feather)'),
  ],
  ['\xd0\xcf\x11\xe0', no('is an Excel workbook (.xls): open it in Excel and save it as CSV')],
  ['\x89HDF', no('is HDF5: write it as Feather or Parquet (freqtrade: convert-data --format-to feather)')],
  ['SQLite format 3\0', no('is an SQLite database: export its table as CSV')],
  ['%PDF', no('is a PDF')],
  ['\x1f\x8b', no('is packed twice: unpack it once, and give what comes out')],
  ['PK\x03\x04', no('is a zip inside of something packed: unpack it, and give what comes out')],
  ['BZh', no('is packed with bzip2: unpack it, or pack it with gzip or zstd')],
  ['\xfd7zXZ', no('is packed with xz: unpack it, or pack it with gzip or zstd')],
  ['7z\xbc\xaf', no('is a 7-Zip archive: unpack it, and give what comes out')],
];

function no(why: string): ContentKind {
  return { kind: 'no', why };
}

export function contentKind(head: Buffer): ContentKind {
  const found = signatures.find(([bytes]) =>
    head.subarray(0, bytes.length).equals(Buffer.from(bytes, 'latin1')),
  );
  if (found !== undefined) return found[1];
  const start = head
    .subarray(0, 512)
    .toString('latin1')
    .replace(/^\xef\xbb\xbf/, '')
    .trimStart()
    .toLowerCase();
  if (/^<(!doctype|html|head|body|\?xml|script)/.test(start))
    return no(
      'is a page of HTML, not bars: most likely the site answered with a login or an error; get it again, ' +
        'and look at it in an editor first',
    );
  if (start.startsWith('{\\rtf')) return no('is a text document (RTF): save it as plain text');
  if (start.startsWith('[') || start.startsWith('{')) return { kind: 'json' };
  const utf16 = head[0] === 0xff && head[1] === 0xfe;
  if (head[0] === 0xfe && head[1] === 0xff)
    return no('is text in UTF-16 with the big end first: save it as UTF-8');
  // No text has control characters besides tabs and ends of lines.
  const strange = (byte: number): boolean => byte < 9 || (byte > 13 && byte < 32 && byte !== 26);
  if (!utf16 && head.some(strange)) return no('is not text, and no format of bars that is known');
  return { kind: 'text' };
}
