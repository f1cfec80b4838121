-- What is one trial, however often it is made: of the same data, settings, seed and code.
CREATE FUNCTION ml_training_trial_key(data_sha256 text, params jsonb, seed text, code_sha256 text)
RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT md5(concat_ws(' ', data_sha256, params::text, coalesce(seed, ''), code_sha256))
$$;
