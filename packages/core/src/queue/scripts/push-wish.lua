-- Pushes a bot's wish for a training, unless one of its strategy and symbol waits or runs already, or the
-- queue is long.
-- KEYS[1] the queue   KEYS[2..] what the trainers hold
-- ARGV[1] the wish, as JSON; one for @ALL is served by a training of any symbol   ARGV[2] how many entries
-- may wait at most
-- Returns 1 pushed, 0 there is one already, -1 the queue is long
local most = tonumber(ARGV[2])
if redis.call('LLEN', KEYS[1]) >= most then
  return -1
end
local wanted = cjson.decode(ARGV[1])
for _, list in ipairs(KEYS) do
  for _, entry in ipairs(redis.call('LRANGE', list, 0, most)) do
    -- Anybody may push anything; what is longer than a payload can be is not worth reading.
    local read, found = pcall(cjson.decode, #entry <= 10000 and entry or 'null')
    if read and type(found) == 'table' and found.strategy_type == wanted.strategy_type then
      if found.symbol == wanted.symbol or wanted.symbol == '@ALL' then
        return 0
      end
    end
  end
end
redis.call('LPUSH', KEYS[1], ARGV[1])
return 1
