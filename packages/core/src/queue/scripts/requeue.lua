-- Puts an entry back to the end that is taken next. Also at maxmemory: its first write takes no memory.
-- KEYS[1] the trainer's processing list   KEYS[2] the queue   ARGV[1] the entry
-- Returns 1 requeued, 0 the trainer did not hold it
if redis.call('LREM', KEYS[1], 1, ARGV[1]) == 0 then
  return 0
end
redis.call('RPUSH', KEYS[2], ARGV[1])
return 1
