/**
 * Long where the probability of a rise is above 0.5 + band, short below 0.5 − band, flat between.
 * NaN is flat.
 */
export function positionsFromProbability(probability: Float64Array, band: number): Int8Array {
  const position = new Int8Array(probability.length);
  for (let t = 0; t < position.length; t++)
    position[t] = probability[t]! > 0.5 + band ? 1 : probability[t]! < 0.5 - band ? -1 : 0;
  return position;
}
