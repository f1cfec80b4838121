-- What bots are to hear of: written with the switch of models itself, published on ml_training_models right
-- after it, and by the scheduler where whoever should have done that is gone. At least once each, in this
-- order.
CREATE TABLE ml_training_announcements (
  id           bigserial   PRIMARY KEY,
  -- The model that became active. It may be deleted before the announcement is.
  model_id     uuid        NOT NULL,
  made_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  published_at timestamptz,
  -- Never published, as another model was active by then, which has an announcement of its own.
  outdated     boolean     NOT NULL DEFAULT false
);
CREATE INDEX ml_training_announcements_pending ON ml_training_announcements (id)
  WHERE published_at IS NULL AND NOT outdated;
