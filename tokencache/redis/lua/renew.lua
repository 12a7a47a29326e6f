#!lua
-- Renews a lease. KEYS: lock. ARGV: owner, lease in milliseconds. Returns 0 if the lease was lost.
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' or redis.call('HGET', KEYS[1], 'owner') ~= ARGV[1] then
  return 0
end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
