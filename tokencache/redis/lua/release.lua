#!lua flags=allow-oom
-- Releases a lock if the owner holds it, leaves the queue, and wakes the next live waiter.
-- KEYS: lock, queue. ARGV: owner, "all" to wake all waiters.
-- Returns 1 if there may be more waiters to wake.
if redis.call('TYPE', KEYS[1]).ok == 'hash' and redis.call('HGET', KEYS[1], 'owner') == ARGV[1] then
  redis.call('DEL', KEYS[1])
end
if redis.call('TYPE', KEYS[2]).ok ~= 'zset' then return 0 end
redis.call('ZREM', KEYS[2], ARGV[1])
if ARGV[2] ~= 'all' and redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
for _ = 1, 1000 do
  local waiter = redis.call('ZPOPMIN', KEYS[2])[1]
  if not waiter then return 0 end
  local heard = redis.pcall('SPUBLISH', KEYS[2] .. ':' .. waiter, ARGV[2])
  if type(heard) ~= 'number' then return 0 end -- not allowed: waiters poll
  if heard > 0 and ARGV[2] ~= 'all' then return 0 end
end
return 1
