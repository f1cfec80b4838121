import { enableCompileCache } from 'node:module';

// As the training's process: most of its start is loading code.
enableCompileCache();
await import('./process.ts');
