-- Strategies of the user's own, from STRATEGIES_DIR: what the fleet must know of one without running its code.
ALTER TABLE ml_strategies
  ADD COLUMN label        text NOT NULL DEFAULT 'direction',
  -- As packages/sdk's ParamSpecs: {name: {kind, default, min, max}}.
  ADD COLUMN settings     jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN description  text NOT NULL DEFAULT '',
  -- sha256 over its folder; null of one that has none, as the built-ins.
  ADD COLUMN sum          text,
  -- Whether the folder is there, so that runs train it. A row stays when it goes: models and jobs are of it.
  ADD COLUMN in_folder    boolean NOT NULL DEFAULT false,
  ADD COLUMN described_at timestamptz;

-- sha256 over the folder of the strategy of the user's own that a model was trained by; null of a built-in's.
ALTER TABLE ml_model_registry ADD COLUMN IF NOT EXISTS code_sha256 text;
