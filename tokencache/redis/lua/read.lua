#!lua flags=no-writes
-- Returns the fields and the server's time. KEYS: record. ARGV: fields.
local values = {}
if redis.call('TYPE', KEYS[1]).ok == 'hash' then
  values = redis.call('HMGET', KEYS[1], unpack(ARGV))
elseif redis.call('EXISTS', KEYS[1]) == 1 then
  values = {''} -- not ours
end
local time = redis.call('TIME')
return {time[1], time[2], unpack(values)}
