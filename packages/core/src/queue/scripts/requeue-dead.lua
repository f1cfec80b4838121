-- Puts the payload of a dead record back into the queue, as if it were pushed again. Also at maxmemory: its
-- first write takes no memory.
-- KEYS[1] the dead list   KEYS[2] the queue   ARGV[1] the record   ARGV[2] its payload
-- Returns 1 requeued, 0 the record is not there any more
if redis.call('LREM', KEYS[1], 1, ARGV[1]) == 0 then
  return 0
end
redis.call('LPUSH', KEYS[2], ARGV[2])
return 1
