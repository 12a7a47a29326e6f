#!lua flags=allow-oom
-- Returns a number for a sign-in or a sign-out, larger than those before. KEYS: fence, order.
local function last(key)
  return redis.call('TYPE', key).ok == 'string' and tonumber(redis.call('GET', key)) or 0
end
local time = redis.call('TIME')
local number = math.max(time[1] * 1000000 + time[2], last(KEYS[1]) + 1, last(KEYS[2]) + 1)
redis.call('SET', KEYS[1], string.format('%.0f', number), 'EX', 604800)
return string.format('%.0f', number)
