package redis

// prefix begins the names of all entries, so that an ACL can allow ~latchkey:*.
const prefix = "latchkey:"

// Entries are named latchkey:STORE:{SESSION}:KIND[:PART]. STORE, SESSION and PART are keyed hashes.
// Keys of one session have the same hash tag, so that a cluster keeps them on one node.
const (
	kindToken        = "token"
	kindNote         = "note"
	kindLock         = "lock"
	kindSending      = "sending"
	kindFence        = "fence"
	kindOrder        = "order"
	kindProbe        = "probe"
	kindRegistration = "registration"
	kindRole         = "role"
	kindRoleNote     = "rolenote"
	kindRoleLock     = "rolelock"
)

// store returns the beginning of all names with these keys. Stores with other keys on the same server
// do not see each other.
func (k *keySet) store() string { return prefix + k.tag("store")[:8] + ":" }

// name returns the name of an entry of a session.
func (k *keySet) name(session, kind string, parts ...string) string {
	name := k.store() + "{" + k.tag("session", session) + "}:" + kind
	if len(parts) > 0 {
		name += ":" + k.tag(append([]string{kind}, parts...)...)
	}
	return name
}

// pattern matches the names of all entries of a kind.
func (k *keySet) pattern(kind string) string { return k.store() + "*:" + kind + "*" }
