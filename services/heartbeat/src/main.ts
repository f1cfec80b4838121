import { launch } from '@ml-training/core/launch';

await launch(async () => {
  const [{ runService }, { keepWriting }] = await Promise.all([
    import('@ml-training/core'),
    import('./heartbeat.ts'),
  ]);
  return () => runService('heartbeat', keepWriting, { needsDatabase: false });
});
