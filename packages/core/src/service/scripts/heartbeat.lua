-- Writes the state of the fleet, also at maxmemory: where a script's first write takes no memory, Redis lets
-- it go on.
-- KEYS[1] the heartbeat   ARGV[1] its text   ARGV[2] seconds after which it is gone
-- Returns 1
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return 1
