import postgres from 'postgres';

/** How PostgreSQL ran one statement. */
export interface Ran {
  readonly query: string;
  /** Tables that were read from end to end. */
  readonly readWhole: readonly string[];
  /** Rows looked at in tables and indexes, those that were passed over included. */
  readonly rows: number;
}

interface Node {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly Plans?: readonly Node[];
}

/**
 * A client whose statements are all explained as they run, those inside functions too, by PostgreSQL's own
 * auto_explain: what is looked at is the very statement that the fleet sends. Needs a superuser.
 */
export function explainingClient(databaseUrl: string) {
  let ran: Ran[] = [];
  const options = {
    max: 1,
    connection: {
      session_preload_libraries: 'auto_explain',
      'auto_explain.log_min_duration': '0',
      'auto_explain.log_analyze': 'on',
      'auto_explain.log_timing': 'off',
      'auto_explain.log_format': 'json',
      'auto_explain.log_nested_statements': 'on',
      client_min_messages: 'log',
    },
    onnotice: ({ message = '' }: postgres.Notice) => {
      const json = /plan:\s*(\{.*\})\s*$/s.exec(message)?.[1];
      if (json === undefined) return;
      // auto_explain's format.
      const { 'Query Text': query, Plan } = JSON.parse(json) as { 'Query Text': string; Plan: Node };
      ran.push({ query: query.trim(), ...looked(Plan) });
    },
  };
  const sql = postgres(
    databaseUrl,
    options as unknown as postgres.Options<Record<string, postgres.PostgresType>>,
  );
  return {
    sql,
    /** What ran while `work` did. */
    during: async (work: () => Promise<unknown>): Promise<readonly Ran[]> => {
      ran = [];
      await work();
      return ran;
    },
  };
}

function looked(node: Node): Omit<Ran, 'query'> {
  const below = (node.Plans ?? []).map(looked);
  // TimescaleDB's own nodes are called scans too, and pass on what those below have looked at.
  const passesOn = node['Node Type'] === 'Custom Scan' && below.length > 0;
  const scans =
    /Scan$/.test(node['Node Type']) && !/^(CTE|Function|Values|WorkTable|Subquery)/.test(node['Node Type']);
  const passedOver = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
  const own = scans && !passesOn ? (node['Actual Rows'] + passedOver) * node['Actual Loops'] : 0;
  const whole = node['Node Type'] === 'Seq Scan' ? [node['Relation Name'] ?? ''] : [];
  return {
    readWhole: [...whole, ...below.flatMap(({ readWhole }) => readWhole)],
    rows: below.reduce((sum, { rows }) => sum + rows, own),
  };
}
