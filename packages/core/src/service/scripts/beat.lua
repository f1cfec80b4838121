-- Notes that a process lives, by Redis's clock: those of many hosts differ. Also at maxmemory: where a
-- script's first write takes no memory, Redis lets it go on.
-- KEYS[1] the hash of beats   KEYS[2] the hash of each role's last beat, which outlives its processes
-- ARGV[1] ROLE   ARGV[2] INSTANCE
-- Returns the time noted, seconds since the epoch
local now = redis.call('TIME')[1]
local process = ARGV[1] .. ':' .. ARGV[2]
redis.call('HDEL', KEYS[1], process)
redis.call('HSET', KEYS[1], process, now)
redis.call('HSET', KEYS[2], ARGV[1], now)
return now
