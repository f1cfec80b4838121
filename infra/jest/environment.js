// Native addons check `instanceof Float32Array` against the outer realm, so the tests' realm gets its typed arrays.
import { TestEnvironment as NodeEnvironment } from 'jest-environment-node';

// What native libraries read is this process's environment; tests see and set a copy of it.
process.env.OMP_WAIT_POLICY ??= 'PASSIVE';
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';

export default class extends NodeEnvironment {
  constructor(config, context) {
    super(config, context);
    for (const type of [
      Int8Array,
      Uint8Array,
      Uint8ClampedArray,
      Int16Array,
      Uint16Array,
      Int32Array,
      Uint32Array,
      BigInt64Array,
      BigUint64Array,
      Float32Array,
      Float64Array,
    ])
      this.global[type.name] = type;
    this.leastTimeout = config.globalConfig.testTimeout;
  }

  /** A shorter time-out of a test's own would only tell how busy the machine is. */
  handleTestEvent({ name, test, hook }) {
    if (name === 'test_start') test.timeout = Math.max(test.timeout ?? 0, this.leastTimeout);
    if (name === 'hook_start') hook.timeout = Math.max(hook.timeout ?? 0, this.leastTimeout);
  }
}
