-- Orders the whole queue: what is more urgent is taken before what is less, and what came first before what
-- came later. Nothing is added and nothing is lost: LLEN stays. Also at maxmemory: where a script's first
-- write takes no memory (that LTRIM changes nothing), Redis lets it go on. (After urgency.lua.)
-- KEYS[1] the queue   ARGV[1] a value that no entry has
-- Returns how many entries were moved
local behind, ahead = { {}, {} }, { 0, 0 } -- those that stand behind less urgent ones; how many don't
local least, piece = 1, 1000
redis.call('LTRIM', KEYS[1], 0, -1)
for to = redis.call('LLEN', KEYS[1]) - 1, 0, -piece do
  local from = math.max(0, to - piece + 1)
  local entries = redis.call('LRANGE', KEYS[1], from, to)
  for i = #entries, 1, -1 do
    local of = urgency(entries[i])
    if of < least then
      table.insert(behind[of], entries[i])
      redis.call('LSET', KEYS[1], from + i - 1, ARGV[1])
    else
      least = of
      ahead[of] = (ahead[of] or 0) + 1
    end
  end
end
local moved = #behind[1] + #behind[2]
if moved == 0 then
  return 0
end
redis.call('LREM', KEYS[1], 0, ARGV[1])

-- What is taken first is pushed last.
local function pushBack(entries)
  for i = #entries, 1, -1 do
    redis.call('RPUSH', KEYS[1], entries[i])
  end
end
for of = 2, 1, -1 do
  if #behind[of] > 0 then
    local before = ahead[1] + (of == 2 and ahead[2] or 0)
    local first = before > 0 and redis.call('RPOP', KEYS[1], before) or {}
    pushBack(behind[of])
    pushBack(first)
  end
end
return moved
