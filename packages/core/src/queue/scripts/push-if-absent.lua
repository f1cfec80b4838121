-- Pushes an entry unless the queue holds it already: a repeated push after a lost reply does no harm.
-- KEYS[1] the queue   ARGV[1] the entry
-- Returns 1 pushed, 0 was there
if redis.call('LPOS', KEYS[1], ARGV[1]) then
  return 0
end
redis.call('LPUSH', KEYS[1], ARGV[1])
return 1
