-- Moves an entry that no job can be made of to the dead list, newest first, capped. Also at
-- maxmemory: its first write takes no memory.
-- KEYS[1] the trainer's processing list   KEYS[2] the dead list
-- ARGV[1] the entry   ARGV[2] the record to keep   ARGV[3] how many records to keep
-- Returns 1 buried, 0 the trainer did not hold it
if redis.call('LREM', KEYS[1], 1, ARGV[1]) == 0 then
  return 0
end
redis.call('LPUSH', KEYS[2], ARGV[2])
redis.call('LTRIM', KEYS[2], 0, tonumber(ARGV[3]) - 1)
return 1
