-- Notes that a process lives, by Redis's clock: those of many hosts differ.
-- KEYS[1] the hash of beats   ARGV[1] ROLE:INSTANCE
-- Returns the time noted, seconds since the epoch
local now = redis.call('TIME')[1]
redis.call('HSET', KEYS[1], ARGV[1], now)
return now
