-- Stores a record. KEYS: record, and for a sign-in fence, order. ARGV: data, time to live in milliseconds, how many
-- microseconds ago the data was encrypted, and for tokens a tag of the refresh token. For a sign-in: its number. To
-- replace only the refresh of a token: the tag of the redeemed refresh token and the fence of the lock.
local data, ttl, age, tag, redeemed, fence = ARGV[1], ARGV[2], ARGV[3], ARGV[4] or '', ARGV[5], ARGV[6]
local type = redis.call('TYPE', KEYS[1]).ok
if redeemed and not KEYS[2] then
  if type == 'none' then return 'missing' end
  local stored = type == 'hash' and redis.call('HMGET', KEYS[1], 'tag', 'fence', 'data') or {}
  if stored[3] == data then return 'stored' end -- a retry
  local newer = tonumber(fence) > 0 and (tonumber(stored[2] or 0) or 0) > tonumber(fence)
  if stored[1] and stored[1] ~= '' and (stored[1] ~= redeemed or newer) then return 'replaced' end
elseif KEYS[2] then
  -- A request can arrive late, or again: after another sign-in or sign-out, or a refresh.
  local number = tonumber(ARGV[5])
  local order = redis.call('TYPE', KEYS[3]).ok == 'string' and tonumber(redis.call('GET', KEYS[3])) or 0
  if order >= number then return 'stored' end
  redis.call('SET', KEYS[3], ARGV[5], 'EX', 604800)
  -- Holders of a lock from before must not replace the sign-in.
  local time = redis.call('TIME')
  local last = redis.call('TYPE', KEYS[2]).ok == 'string' and tonumber(redis.call('GET', KEYS[2])) or 0
  fence = string.format('%.0f', math.max(time[1] * 1000000 + time[2], last + 1))
  redis.call('SET', KEYS[2], fence, 'EX', 604800)
end
local time = redis.call('TIME')
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'data', data, 'at', string.format('%.0f', time[1] * 1000000 + time[2] - age),
  'tag', tag, 'fence', fence or '0')
redis.call('PEXPIRE', KEYS[1], ttl)
return 'stored'
