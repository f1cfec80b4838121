/**
 * Metrics of a model in use stay what they are until another model is. ml_training_metrics has a value of one
 * when it changes, and again after so long, so that whoever reads from then on finds it whatever retention has
 * deleted: a value a minute of 30,000 pairs were 43 million rows a day.
 */
export const heldSeconds = 86_400;
/** Between two such values there may be a roll-up that failed. */
export const heldAtMostSeconds = heldSeconds + 3600;

/** Whether a value holds until the next one. All others are of their minute alone. */
export const isHeld = (name: string): boolean => name.startsWith('model_');
