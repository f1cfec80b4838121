-- Who has beaten lately; forgets whoever has not.
-- KEYS[1] the hash of beats   ARGV[1] seconds after which a process counts as gone
-- Returns a flat list: ROLE:INSTANCE, seconds since its beat, …
local now = tonumber(redis.call('TIME')[1])
local live = {}
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local age = now - (tonumber(all[i + 1]) or 0)
  if age <= tonumber(ARGV[1]) then
    live[#live + 1] = all[i]
    live[#live + 1] = age
  else
    redis.call('HDEL', KEYS[1], all[i])
  end
end
return live
