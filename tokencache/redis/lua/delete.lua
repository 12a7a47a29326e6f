#!lua flags=allow-oom
-- Signs out, unless a sign-in or a sign-out with a larger number came first. KEYS: record, note, order. ARGV: number.
local last = redis.call('TYPE', KEYS[3]).ok == 'string' and tonumber(redis.call('GET', KEYS[3])) or 0
if last > tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[3], ARGV[1], 'EX', 604800)
return redis.call('DEL', KEYS[1], KEYS[2])
