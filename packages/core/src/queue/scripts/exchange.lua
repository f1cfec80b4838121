-- Puts another entry in the place of one that a trainer holds.
-- KEYS[1] the trainer's processing list   ARGV[1] the entry   ARGV[2] the one to put in its place Also at
-- maxmemory: where a script's first write takes no memory (this LTRIM changes nothing), Redis lets it go on.
-- Returns 1 exchanged, 0 the trainer did not hold it
redis.call('LTRIM', KEYS[1], 0, -1)
local place = redis.call('LPOS', KEYS[1], ARGV[1])
if not place then
  return 0
end
redis.call('LSET', KEYS[1], place, ARGV[2])
return 1
