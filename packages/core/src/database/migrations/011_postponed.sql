-- How often a job was put off for what is no fault of its own (a full disk, a database that was away); such a
-- try counts no attempt.
ALTER TABLE ml_training_jobs ADD COLUMN postponed integer NOT NULL DEFAULT 0;
