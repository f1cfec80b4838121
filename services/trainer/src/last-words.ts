import { redactText } from '@ml-training/core';

/** Of what a process writes to its standard error so much is kept: an error with its properties fits. */
const keptBytes = 16_384;
/** A job's error is read in a terminal's table and in a log line. */
const shownLength = 600;

/** Gathers the end of a stream. */
export function keepTail(): { add(chunk: Buffer): void; text(): string } {
  let tail = Buffer.alloc(0);
  return {
    add: (chunk) => {
      tail = Buffer.concat([tail, chunk]).subarray(-keptBytes);
    },
    text: () => tail.toString(),
  };
}

/**
 * What a process that died said last, for people: from the line on that names an error, without stack frames,
 * source excerpts and passwords.
 * @param secrets what must not be seen of it, however it came in there
 * @returns '' when it said nothing
 */
export function lastWords(stderr: string, secrets: readonly string[] = []): string {
  const lines = redactText(stderr, secrets)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !isNoise(line));
  // Node's report of an error that nobody caught; native libraries end with theirs.
  const named = lines.findLastIndex((line) => /^(Uncaught )?\w*(Error|Exception)\b|^FATAL|^Fatal/.test(line));
  const said = named >= 0 ? lines.slice(named) : lines.slice(-3);
  const text = said.join(' ');
  return text.length > shownLength ? `${text.slice(0, shownLength - 1)}…` : text;
}

/** Stack frames, the place that threw with its marker, what V8 reports at an abort, Node's name. */
const noise = [
  /^at .*(:\d+:\d+\)?|<anonymous>\)?|\(native\))( \{)?$/,
  /^(node:|file:\/\/|\/)\S*:\d+$/,
  /^[\^}\]]+$/,
  /^throw /,
  /^(\d+: |-----|<---|\[\d+:0x)/,
  /^Node\.js v/,
];
const isNoise = (line: string): boolean => noise.some((pattern) => pattern.test(line));
