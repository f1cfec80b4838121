import { launch } from '@ml-training/core/launch';

await launch(async () => {
  const [{ runService }, { exportMetrics }] = await Promise.all([
    import('@ml-training/core'),
    import('./exporter.ts'),
  ]);
  return () => runService('metrics', exportMetrics);
});
