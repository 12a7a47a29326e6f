package redis

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/latchkey-sso/latchkey/internal/cachefile"
	"github.com/latchkey-sso/latchkey/rolecache"
)

// RoleCache stores role credentials on the server of a Client. RoleCaches of the same Client are
// equal.
type RoleCache struct{ client *Client }

var _ interface {
	rolecache.Ager
	rolecache.Clearer
	rolecache.NoteCache
} = RoleCache{}

// Roles returns the role cache on the server.
func (c *Client) Roles() RoleCache { return RoleCache{c} }

// Format prints the address of the server and no secrets, for every verb.
func (c RoleCache) Format(w fmt.State, _ rune) {
	_, _ = fmt.Fprintf(w, "redis.RoleCache(%v)", c.client)
}

// Load implements [rolecache.Cache].
func (c RoleCache) Load(ctx context.Context, key rolecache.Key) (*rolecache.Credentials, error) {
	name := c.name(key, kindRole)
	r, err := c.client.read(ctx, name)
	if err != nil {
		return nil, roleError("load credentials", name, err)
	}
	credentials, err := rolecache.Parse(r.content)
	if err == nil && credentials.Expires.After(c.client.now()) {
		c.client.locks.done(name)
	}
	return credentials, err
}

// StoredAt implements [rolecache.Ager]. The time is that of the server, in this machine's time.
func (c RoleCache) StoredAt(ctx context.Context, key rolecache.Key) (time.Time, error) {
	name := c.name(key, kindRole)
	r, err := c.client.read(ctx, name)
	if err != nil {
		return time.Time{}, roleError("load credentials", name, err)
	}
	return r.storedAt, nil
}

// Store implements [rolecache.Cache].
func (c RoleCache) Store(ctx context.Context, key rolecache.Key, credentials *rolecache.Credentials) error {
	content, err := credentials.Encode()
	if err != nil {
		return err
	}
	name := c.name(key, kindRole)
	if err := c.client.write(ctx, name, session(key), content, c.client.lifetime(credentials.Expires, time.Hour)); err != nil {
		return roleError("store credentials", name, err)
	}
	return nil
}

// Delete implements [rolecache.Cache].
func (c RoleCache) Delete(ctx context.Context, key rolecache.Key) error {
	name := c.name(key, kindRole)
	if _, err := c.client.remove(ctx, name, c.name(key, kindRoleNote)); err != nil {
		return roleError("delete credentials", name, err)
	}
	return nil
}

// Lock implements [rolecache.Cache]. If its holder loads valid credentials or stores credentials or a
// note, all callers that wait return when it is released, as those of [TokenCache.Lock] do.
func (c RoleCache) Lock(ctx context.Context, key rolecache.Key) (unlock func(), err error) {
	name := c.client.keys().lockName(session(key), kindRoleLock, roleParts(key)...)
	name.results = []string{c.name(key, kindRole), c.name(key, kindRoleNote)}
	return c.client.lockFor(ctx, name)
}

// Clear implements [rolecache.Clearer].
func (c RoleCache) Clear(ctx context.Context, keep ...rolecache.Key) (int, error) {
	names, err := c.client.scan(ctx, kindRole) // also those of notes
	if err != nil {
		return 0, fmt.Errorf("redis: clear credentials: %w", err)
	}
	kept := map[string]bool{}
	for _, key := range keep {
		kept[c.name(key, kindRole)], kept[c.name(key, kindRoleNote)] = true, true
	}
	deleted, failures := 0, []error(nil)
	for _, name := range names {
		kind := strings.Split(name, ":")[3]
		if kept[name] || kind != kindRole && kind != kindRoleNote {
			continue
		}
		n, err := c.client.remove(ctx, name)
		if err != nil {
			failures = append(failures, roleError("delete credentials", name, err))
		}
		if kind == kindRole {
			deleted += int(n)
		}
	}
	return deleted, errors.Join(failures...)
}

// LoadNote implements [rolecache.NoteCache].
func (c RoleCache) LoadNote(ctx context.Context, key rolecache.Key) (rolecache.FailureNote, error) {
	name := c.name(key, kindRoleNote)
	var note rolecache.FailureNote
	r, err := c.client.read(ctx, name)
	if err == nil && json.Unmarshal(r.content, &note) != nil {
		err = errMissing
	}
	if err != nil {
		return rolecache.FailureNote{}, roleError("load note", name, err)
	}
	note.At, note.RetryAt = r.local(note.At), r.local(note.RetryAt)
	return note, nil
}

// StoreNote implements [rolecache.NoteCache].
func (c RoleCache) StoreNote(ctx context.Context, key rolecache.Key, note rolecache.FailureNote) error {
	name := c.name(key, kindRoleNote)
	note.At, note.RetryAt = note.At.UTC(), note.RetryAt.UTC()
	note.Message = cachefile.ShortMessage(note.Message)
	content, err := json.Marshal(note)
	if err == nil {
		err = c.client.write(ctx, name, session(key), content, c.client.lifetime(note.RetryAt, keepNote))
	}
	if err != nil {
		return roleError("store note", name, err)
	}
	return nil
}

// session returns the key of the session in package tokencache.
func session(key rolecache.Key) string {
	if key.Session != "" {
		return key.Session
	}
	return key.StartURL
}

func (c RoleCache) name(key rolecache.Key, kind string) string {
	return c.client.keys().name(session(key), kind, roleParts(key)...)
}

// roleParts identifies a role of a session.
func roleParts(key rolecache.Key) []string {
	return []string{fmt.Sprint(key.Session != ""), key.AccountID, key.RoleName}
}

// roleError returns the error of a RoleCache for err.
func roleError(verb, name string, err error) error {
	var damaged *damagedError
	switch {
	case errors.Is(err, errMissing):
		return fmt.Errorf("redis: %s: %w", verb, rolecache.ErrNotFound)
	case errors.As(err, &damaged):
		return &rolecache.InvalidError{Reason: damaged.of(name)}
	}
	return fmt.Errorf("redis: %s: %w", verb, err)
}
