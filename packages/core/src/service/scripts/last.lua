-- How long ago each role last beat, whether any of its processes lives or not.
-- KEYS[1] the hash of each role's last beat
-- Returns a flat list: ROLE, seconds since its last beat, …
local now = tonumber(redis.call('TIME')[1])
local last = {}
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  last[#last + 1] = all[i]
  last[#last + 1] = now - (tonumber(all[i + 1]) or 0)
end
return last
