package tokencache

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
)

// MarkRefused notes that the server refused a refresh token at that time, so that other
// processes need not ask. The note, beside the file of key, holds a hash of the token,
// and replaces the one before.
func (d Dir) MarkRefused(ctx context.Context, key string, refreshToken Secret, at time.Time) error {
	path := d.notePath(key)
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("tokencache: store %s: %w", path, err)
	}
	note := hash(refreshToken) + " " + at.UTC().Format(time.RFC3339Nano) + "\n"
	if err := atomicfile.Replace(path, []byte(note)); err != nil {
		return fmt.Errorf("tokencache: %w", err)
	}
	return nil
}

// RefusedAt returns the time of the last MarkRefused if that was about this refresh
// token. Otherwise, and when there is no telling, it is the zero time.
func (d Dir) RefusedAt(ctx context.Context, key string, refreshToken Secret) time.Time {
	return d.EntryRefusedAt(ctx, Entry{Path: d.Path(key), Token: &Token{RefreshToken: refreshToken}})
}

// EntryRefusedAt is RefusedAt for the refresh token of an entry that Entries returned,
// whose key is not known.
func (d Dir) EntryRefusedAt(ctx context.Context, entry Entry) time.Time {
	if ctx.Err() != nil {
		return time.Time{}
	}
	note, _ := atomicfile.Read(beside(entry.Path, noteExtension), 1<<10)
	of, at, _ := strings.Cut(strings.TrimSpace(string(note)), " ")
	if of != hash(entry.Token.RefreshToken) {
		return time.Time{}
	}
	t, _ := time.Parse(time.RFC3339Nano, at)
	return t
}

// ForgetRefused removes the note of MarkRefused. It is no error when there is none.
func (d Dir) ForgetRefused(ctx context.Context, key string) error {
	return remove(ctx, d.notePath(key))
}

const noteExtension = ".refused"

func (d Dir) notePath(key string) string { return d.file(key, noteExtension) }

// beside returns the path of the file with that extension that goes with the token's.
func beside(path, extension string) string {
	return strings.TrimSuffix(path, filepath.Ext(path)) + extension
}

func hash(s Secret) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
