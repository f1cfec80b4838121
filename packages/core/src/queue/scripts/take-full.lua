-- Takes the next entry at maxmemory, where BRPOPLPUSH is refused: where a script's first write takes no
-- memory (this LTRIM changes nothing), Redis lets it go on. Moving an entry takes next to none, and a queue
-- that drains gives some back.
-- KEYS[1] the queue   KEYS[2] the trainer's processing list
-- Returns the entry, or nil for none
redis.call('LTRIM', KEYS[1], 0, -1)
return redis.call('RPOPLPUSH', KEYS[1], KEYS[2])
