-- How urgent an entry is, as urgencyOf in payload.ts: 1 a bot's wish, 2 what somebody asked for, 3 the
-- schedule's. What is no entry of ours goes with the wishes, of which it may be one.
local function urgency(entry)
  if string.sub(entry, 1, 11) ~= '{"job_id":"' then
    return 1
  end
  local last = string.sub(entry, -22)
  if last == ',"trigger":"schedule"}' then
    return 3
  end
  return (string.sub(last, -18) == ',"trigger":"tick"}' or string.sub(last, -13) == ',"wish":true}') and 1 or 2
end
