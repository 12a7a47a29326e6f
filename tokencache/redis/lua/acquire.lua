#!lua
-- Acquires a lock unless another owner holds it. KEYS: lock, fence, queue.
-- ARGV: owner, lease in milliseconds, "wait" to join the queue.
-- Returns the fence, or 0 and the rest of the lease. The owner of the lock gets a new fence each time,
-- so that it may replace what was stored before.
local function keep(key, type)
  if redis.call('TYPE', key).ok ~= type then redis.call('DEL', key) end
end
keep(KEYS[1], 'hash')
keep(KEYS[2], 'string')
keep(KEYS[3], 'zset')

local owner = redis.call('HGET', KEYS[1], 'owner')
local rest = redis.call('PTTL', KEYS[1])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
if owner and owner ~= ARGV[1] and rest >= 0 then
  if ARGV[3] == 'wait' then
    redis.call('ZADD', KEYS[3], 'NX', now, ARGV[1])
    redis.call('PEXPIRE', KEYS[3], 600000)
  end
  return {'0', rest}
end

-- Time keeps the fence rising even if a failover loses the counter.
local fence = math.max(now, (tonumber(redis.call('GET', KEYS[2])) or 0) + 1)
fence = string.format('%.0f', fence)
redis.call('SET', KEYS[2], fence, 'EX', 604800)
if owner ~= ARGV[1] then
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'at', string.format('%.0f', now))
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('ZREM', KEYS[3], ARGV[1])
return {fence, 0}
