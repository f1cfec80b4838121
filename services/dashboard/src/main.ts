import { launch } from '@ml-training/core/launch';

await launch(async () => {
  const [{ runService }, { serve }] = await Promise.all([import('@ml-training/core'), import('./serve.ts')]);
  // It tells of servers that can't be used, so it works without waiting for them.
  return () => runService('dashboard', serve, { needsDatabase: false });
});
