-- What is written to see whether PostgreSQL takes writes: a row each kind of process, changed in place (hence
-- the free room).
CREATE TABLE ml_training_probes (
  name text PRIMARY KEY,
  written_at timestamptz NOT NULL
) WITH (fillfactor = 50);
