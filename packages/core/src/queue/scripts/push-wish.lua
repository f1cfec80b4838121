-- Pushes a bot's wish for a training, unless one of its strategy and symbol is asked for or runs already, or
-- many wait that somebody asked for. A job that waits for the schedule is no reason against it: the wish is
-- taken before it, and stands for it then. (After urgency.lua.)
-- KEYS[1] the queue   KEYS[2..] what the trainers hold
-- ARGV[1] the wish, as JSON; one for @ALL is served by a training of any symbol   ARGV[2] how many may wait at
-- most that are not the schedule's: they stand at either end, so that so many are looked at there
-- Returns 1 pushed, 0 there is one already, -1 many wait
local most = tonumber(ARGV[2])
local asked = {}
local function add(entries, all)
  for _, entry in ipairs(entries) do
    if all or urgency(entry) < 3 then
      table.insert(asked, entry)
    end
  end
end
local length = redis.call('LLEN', KEYS[1])
add(redis.call('LRANGE', KEYS[1], 0, most - 1), false)
if length > most then
  add(redis.call('LRANGE', KEYS[1], math.max(most, length - most), -1), false)
end
if #asked >= most then
  return -1
end
for i = 2, #KEYS do
  add(redis.call('LRANGE', KEYS[i], 0, most), true)
end
local wanted = cjson.decode(ARGV[1])
for _, entry in ipairs(asked) do
  -- Anybody may push anything; what is longer than a payload can be is not worth reading.
  local read, found = pcall(cjson.decode, #entry <= 10000 and entry or 'null')
  if read and type(found) == 'table' and found.strategy_type == wanted.strategy_type then
    if found.symbol == wanted.symbol or wanted.symbol == '@ALL' then
      return 0
    end
  end
end
redis.call('LPUSH', KEYS[1], ARGV[1])
return 1
