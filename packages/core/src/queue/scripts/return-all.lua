-- Puts everything that a trainer held back to the end of the queue that is taken next.
-- KEYS[1] the trainer's processing list   KEYS[2] the queue
-- Returns how many entries went back
local moved = 0
while redis.call('LMOVE', KEYS[1], KEYS[2], 'LEFT', 'RIGHT') do
  moved = moved + 1
end
return moved
