interface Family {
  readonly type: string;
  readonly help: string;
  /**
   * `{status="queued"}`, or the empty string, to its value; of a histogram with the suffix before the braces.
   */
  readonly samples: ReadonlyMap<string, number>;
}

export type Metrics = ReadonlyMap<string, Family>;

const name = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const label = String.raw`[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"`;
const sample = new RegExp(String.raw`^(${name})(\{${label}(?:,${label})*\})? (\S+)$`);

/**
 * Reads Prometheus's text format, as far as the fleet uses it.
 * @throws Error for what Prometheus would refuse: an odd line, a sample that belongs to no family, one that
 *   comes twice
 */
export function parseMetrics(text: string): Metrics {
  const families = new Map<string, { type: string; help: string; samples: Map<string, number> }>();
  for (const line of text.split('\n')) {
    const [, kind, family = '', rest = ''] = new RegExp(`^# (HELP|TYPE) (${name}) (.+)$`).exec(line) ?? [];
    if (line === '') continue;
    if (kind === 'HELP') {
      if (families.has(family)) throw new Error(`${family} comes twice`);
      families.set(family, { help: rest, type: '', samples: new Map() });
    } else if (kind === 'TYPE') {
      const found = families.get(family);
      if (found === undefined) throw new Error(`${family} has no help`);
      found.type = rest;
    } else addSample(families, line);
  }
  return families;
}

function addSample(
  families: Map<string, { type: string; samples: Map<string, number> }>,
  line: string,
): void {
  const [, metric, labels = '', text = ''] = sample.exec(line) ?? [];
  if (metric === undefined) throw new Error(`not a sample: ${line}`);
  const suffix = families.has(metric) ? '' : (/_(bucket|sum|count)$/.exec(metric)?.[0] ?? '');
  const family = families.get(metric.slice(0, metric.length - suffix.length));
  if (family === undefined || (suffix !== '' && family.type !== 'histogram'))
    throw new Error(`${metric} belongs to no family`);
  const value = Number(text);
  if (Number.isNaN(value)) throw new Error(`not a number: ${line}`);
  if (family.samples.has(suffix + labels)) throw new Error(`a sample comes twice: ${line}`);
  family.samples.set(suffix + labels, value);
}
