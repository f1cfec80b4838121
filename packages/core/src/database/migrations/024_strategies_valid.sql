-- A transaction of its own: reads every job and model while the fleet goes on reading and writing them.
ALTER TABLE ml_training_jobs VALIDATE CONSTRAINT ml_training_jobs_strategy;
ALTER TABLE ml_model_registry VALIDATE CONSTRAINT ml_model_registry_strategy;
