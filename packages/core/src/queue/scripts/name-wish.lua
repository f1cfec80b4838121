-- Gives a wish that a trainer holds its job_id, and drops those of the same spelling that wait behind it: the job that is made
-- now reads its bars after all of them were pushed, so it serves them too. Also at maxmemory, see exchange.lua.
-- KEYS[1] the trainer's processing list   KEYS[2] the queue   ARGV[1] the wish   ARGV[2] the same with its job_id
-- Returns how many were dropped, -1 the trainer did not hold it
redis.call('LTRIM', KEYS[1], 0, -1)
local place = redis.call('LPOS', KEYS[1], ARGV[1])
if not place then
  return -1
end
redis.call('LSET', KEYS[1], place, ARGV[2])
return redis.call('LREM', KEYS[2], 0, ARGV[1])
