-- Moves the wishes that were pushed since the last take to the end of the queue that is taken next, behind
-- those that wait there. Looks at either end only, as it comes before every take: a longer look is
-- urgent-first.lua, which whoever pushes jobs sees to. (After urgency.lua.)
-- KEYS[1] the queue   KEYS[2] the trainer's processing list   ARGV[1] how many entries are looked at
-- Returns how many were moved, or -1 where the trainer still holds an entry, which comes before all
if redis.call('LLEN', KEYS[2]) > 0 then
  return -1
end

local most = tonumber(ARGV[1])
local function wishesAmong(entries, first, last, step)
  local count = 0
  for i = first, last, step do
    if urgency(entries[i]) > 1 then
      return count
    end
    count = count + 1
  end
  return count
end

local newest = redis.call('LINDEX', KEYS[1], 0)
if not newest or urgency(newest) > 1 then
  return 0
end
local entries = redis.call('LRANGE', KEYS[1], 0, most - 1)
local wishes = wishesAmong(entries, 1, #entries, 1)
if wishes == most then
  return 0 -- All there is, perhaps; if not, the longer look will find it.
end
entries = redis.call('LRANGE', KEYS[1], -most, -1)
local before = wishesAmong(entries, #entries, 1, -1)
if wishes + before >= redis.call('LLEN', KEYS[1]) then
  return 0
end

-- Also at maxmemory: the first write gives memory back.
local moved = redis.call('LPOP', KEYS[1], wishes)
local first = before > 0 and redis.call('RPOP', KEYS[1], before) or {}
for _, entry in ipairs(moved) do
  redis.call('RPUSH', KEYS[1], entry)
end
for i = #first, 1, -1 do
  redis.call('RPUSH', KEYS[1], first[i])
end
return wishes
