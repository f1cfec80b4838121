/** A stretch of `steps` in `count` environments side by side; arrays are [steps, count], time-major. */
export interface Stretch {
  readonly steps: number;
  readonly count: number;
  readonly rewards: Float64Array;
  /** Value expected at each step before its action. */
  readonly values: Float64Array;
  /** Value expected after the last step, [count]: the stretch is cut there, not over. */
  readonly lastValues: Float64Array;
  readonly advantages: Float64Array;
}

/**
 * Fills `advantages` by generalised advantage estimation (Schulman et al. 2016, eq. 16): with
 * δ_t = r_t + γ V_{t+1} − V_t, A_t = δ_t + γ λ A_{t+1}. Advantage plus value estimates the return.
 */
export function estimateAdvantages(stretch: Stretch, gamma: number, lambda: number): void {
  const { steps, count, rewards, values, lastValues, advantages } = stretch;
  for (let e = 0; e < count; e++) {
    let next = lastValues[e]!;
    let advantage = 0;
    for (let t = steps - 1; t >= 0; t--) {
      const at = t * count + e;
      advantage = rewards[at]! + gamma * next - values[at]! + gamma * lambda * advantage;
      advantages[at] = advantage;
      next = values[at]!;
    }
  }
}
