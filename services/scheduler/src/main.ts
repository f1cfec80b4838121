import { launch } from '@ml-training/core/launch';

await launch(async () => {
  const [{ runService }, { schedule }] = await Promise.all([
    import('@ml-training/core'),
    import('./schedule.ts'),
  ]);
  return () => runService('scheduler', schedule, { namesStrategies: true });
});
