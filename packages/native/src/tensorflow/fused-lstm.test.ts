import { createRequire } from 'node:module';
import { expect, test } from '@jest/globals';
import type { NodeJSKernelBackend } from '@tensorflow/tfjs-node/dist/nodejs_kernel_backend.js';
import { loadTensorFlow } from './load.ts';
