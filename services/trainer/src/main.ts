import { launch } from '@ml-training/core/launch';

await launch(async () => {
  const [{ runService }, { consume }] = await Promise.all([
    import('@ml-training/core'),
    import('./consume.ts'),
  ]);
  return () => runService('trainer', consume, { namesStrategies: true });
});
