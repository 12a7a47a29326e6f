package login

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
	"github.com/latchkey-sso/latchkey/rolecache"
)

// DeleteRoles deletes the role credentials of a session, as signing out does: first from
// Options.RoleCache, and then from the memory of this process.
func DeleteRoles(ctx context.Context, session *profile.Session, optFns ...func(*Options)) error {
	opts, err := newOptions(session, optFns)
	if err != nil {
		return err
	}
	if err := opts.deleteRoles(ctx, session); err != nil {
		return fmt.Errorf("login: delete role credentials: %w", err)
	}
	return nil
}

// deleteRoles deletes the role credentials of a session, or of all sessions if it is nil, first from
// the cache and then from the memory of this process. The token has already changed, so
// providers discard credentials they get with the old one.
func (o *Options) deleteRoles(ctx context.Context, session *profile.Session) error {
	var sessions []string // all
	if session != nil {
		sessions = []string{session.CacheKey()}
	}
	defer provider.Forget(o.TokenCache, sessions...)
	if o.RoleCache == nil {
		return nil
	}
	roles, err := profile.Roles()
	if err != nil {
		o.debugf("find roles in the config files: %v", err)
	}
	var mine, others []rolecache.Key
	for _, role := range roles {
		if session == nil || cmp.Or(role.Session, role.StartURL) == session.CacheKey() {
			mine = append(mine, rolecache.Key(role))
		} else {
			others = append(others, rolecache.Key(role))
		}
	}
	return o.deleteKeys(context.WithoutCancel(ctx), mine, others)
}

// deleteKeys deletes the role credentials of keys, and everything else in the cache except others:
// a file does not name its session. Deleting too many costs a request; deleting too few could
// leave another user's credentials.
func (o *Options) deleteKeys(ctx context.Context, keys, others []rolecache.Key) error {
	var failures []error
	for _, key := range keys {
		failures = append(failures, o.RoleCache.Delete(ctx, key))
	}
	if cache, ok := o.RoleCache.(rolecache.Clearer); ok {
		_, err := cache.Clear(ctx, others...)
		failures = append(failures, err)
	}
	return errors.Join(failures...)
}
