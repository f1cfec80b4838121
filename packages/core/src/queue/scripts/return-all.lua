-- Puts everything that a trainer held back to the end of the queue that is taken next.
-- KEYS[1] the trainer's processing list   KEYS[2] the queue Also at maxmemory: where a script's first write
-- takes no memory (this LTRIM changes nothing), Redis lets it go on.
-- Returns how many entries went back
redis.call('LTRIM', KEYS[1], 0, -1)
local moved = 0
while redis.call('LMOVE', KEYS[1], KEYS[2], 'LEFT', 'RIGHT') do
  moved = moved + 1
end
return moved
