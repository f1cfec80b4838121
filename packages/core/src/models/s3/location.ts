export interface Location {
  readonly bucket: string;
  /** Ends in a slash, or is empty. */
  readonly prefix: string;
}

/** What `s3://bucket/prefix` names; null for any other text. */
export function locationOf(url: string): Location | null {
  const [, bucket, path = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(url) ?? [];
  const prefix = path.replace(/\/+$/, '');
  const parts = prefix === '' ? [] : prefix.split('/');
  const plain = parts.every((part) => /^[A-Za-z0-9._=-]{1,255}$/.test(part) && !/^\.\.?$/.test(part));
  if (bucket === undefined || !plain || prefix.length > 400) return null;
  return { bucket, prefix: prefix === '' ? '' : `${prefix}/` };
}
