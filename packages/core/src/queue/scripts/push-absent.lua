-- Pushes those entries that the queue does not hold yet, in their order: a repeated push after a lost reply
-- does no harm. The queue is read once a call, not once an entry, and in pieces, so that it need not fit into
-- memory a second time.
-- KEYS[1] the queue   ARGV the entries, at most some thousand
-- Returns how many were pushed
local absent = {}
for i = 1, #ARGV do
  absent[ARGV[i]] = true
end
local piece = 1000
for from = 0, redis.call('LLEN', KEYS[1]) - 1, piece do
  for _, entry in ipairs(redis.call('LRANGE', KEYS[1], from, from + piece - 1)) do
    if absent[entry] then
      absent[entry] = nil
    end
  end
end
local pushed = 0
for i = 1, #ARGV do
  if absent[ARGV[i]] then
    absent[ARGV[i]] = nil
    redis.call('LPUSH', KEYS[1], ARGV[i])
    pushed = pushed + 1
  end
end
return pushed
