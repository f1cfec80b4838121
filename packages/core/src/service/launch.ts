/**
 * Loads a service and runs it. Loading takes a while, and the first process of a container never hears a
 * signal that it has no handler for: asked to stop meanwhile, it ends here at once. So a main.ts imports
 * nothing else by itself; `runService` puts its own handlers in the place of these.
 */
export async function launch(load: () => Promise<() => Promise<void>>): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(0));
  const run = await load();
  await run();
}
