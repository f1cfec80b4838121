/** The Redis keys that operators and other programs rely on. */
export const keys = {
  queue: 'ml_training_queue',
  dead: 'ml_training_dead',
  heartbeat: 'service:ml_training:heartbeat',
  /** Hash ROLE:INSTANCE → JSON of that process's last beat; the heartbeat service reads and prunes it. */
  beats: 'service:ml_training:beats',
  /** Written and forgotten, to see whether Redis takes writes. */
  probe: (name: string) => `service:ml_training:probe:${name}`,
  /** Hash ROLE → seconds since the epoch of its newest beat, whoever beat it; never forgotten. */
  lastBeats: 'service:ml_training:last_beats',
  /** Hash STRATEGY → bots' wishes that were not trained for want of a new bar. */
  wishesSkipped: 'service:ml_training:wishes_skipped',
  /** Why processes of a role can't start, or, of `jobs`, trainers take none, in words; expires. */
  obstacle: (who: string) => `service:ml_training:obstacle:${who}`,
  models: 'ml_training_models',
  processing: (trainerId: string) => `ml_training_processing:${trainerId}`,
} as const;

export const processingPrefix = keys.processing('');
