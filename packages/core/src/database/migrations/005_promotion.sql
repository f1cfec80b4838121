-- Which model is in use, changed by a person: promotion and roll-back.

-- When a person rolled back from it: a further roll-back passes it over. Null again once it is promoted anew.
ALTER TABLE ml_model_registry ADD COLUMN withdrawn_at timestamptz;
