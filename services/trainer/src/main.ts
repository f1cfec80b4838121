import { launch } from '@ml-training/core/launch';

await launch(async () => {
  const [{ runService }, { consume }, { findStrategies }] = await Promise.all([
    import('@ml-training/core'),
    import('./consume.ts'),
    import('./own-strategies.ts'),
  ]);
  return () => runService('trainer', consume, { namesStrategies: findStrategies });
});
