import { useResource } from '../resource.ts';
import { Command, Empty } from './panel.tsx';

/** That there is no bar yet, and how some come: by an import, or from what fills the user's own table. */
export function NoBars() {
  const health = useResource('GET /api/health', {}, { everyMs: 60_000 });
  if (health.data === null) return <Empty>No symbol has bars yet, so nothing can be trained.</Empty>;
  const { table, own } = health.data.bars;
  if (!own)
    return (
      <Empty>
        {table} has no bars yet, so nothing can be trained. Let what fills {table} write some.
      </Empty>
    );
  return (
    <>
      <Empty command="npm run -s ml -- import FILE">
        No symbol has bars yet, so nothing can be trained. Import a file as its vendor gives it:
      </Empty>
      <Command text="docker compose exec -T trainer ml import /dev/stdin < FILE" />
    </>
  );
}
