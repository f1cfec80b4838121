// A search for better settings of a pair, from the bars in the database to what its next trainings use: for the
// ml command and for trainers.
export { pairsToTune } from './pairs.ts';
export { defaultFolds, tunePair, type PairTuning, type TuneRequest } from './tune-pair.ts';
