/**
 * SQL as Grafana makes it of its macros, for the last day; times are literals there, too.
 * https://grafana.com/docs/grafana/latest/datasources/postgres/#macros
 * @throws where it has a macro that isn't known here
 */
export function grafanaSql(sql: string, now = new Date()): string {
  const literal = (time: Date): string => `'${time.toISOString()}'`;
  const [from, to] = [literal(new Date(now.getTime() - 86_400_000)), literal(now)];
  const expanded = sql
    .replaceAll(/\$__timeFilter\((\w+)\)/g, `$1 BETWEEN ${from} AND ${to}`)
    .replaceAll('$__timeFrom()', from)
    .replaceAll('$__timeTo()', to);
  const unknown = /\$__\w+/.exec(expanded);
  if (unknown !== null) throw new Error(`no meaning is known here of ${unknown[0]} in ${sql}`);
  return expanded;
}
