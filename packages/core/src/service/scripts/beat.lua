-- Notes that a process lives, by Redis's clock: those of many hosts differ. Also at maxmemory: where a script's first write
-- takes no memory, Redis lets it go on.
-- KEYS[1] the hash of beats   ARGV[1] ROLE:INSTANCE
-- Returns the time noted, seconds since the epoch
local now = redis.call('TIME')[1]
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('HSET', KEYS[1], ARGV[1], now)
return now
