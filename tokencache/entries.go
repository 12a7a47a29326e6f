package tokencache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
	"github.com/latchkey-sso/latchkey/internal/cachefile"
	"github.com/latchkey-sso/latchkey/internal/filelock"
)

// Entry is a file of the directory that holds an access token.
type Entry struct {
	Path  string
	Token *Token // never nil; what the file holds of it in readable form, see Entries
}

// Entries returns every .json file that holds an access token, in the order of their
// names, whichever session it belongs to. A file of which Load says that it is invalid
// is among them if the access token can be read, since that may still be live and
// signing out has to end it: the other fields are then zero where they cannot be read.
// Files without an access token and files that cannot be read are left out. A directory
// that is missing holds no entries.
func (d Dir) Entries(ctx context.Context) ([]Entry, error) {
	files, err := atomicfile.Within(ctx, func() ([]fs.DirEntry, error) { return os.ReadDir(string(d)) }, nil)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("tokencache: list tokens: %w", err)
	}
	var entries []Entry
	for _, file := range files {
		if filepath.Ext(file.Name()) != extension {
			continue
		}
		path := filepath.Join(string(d), file.Name())
		if token, err := loadEntry(ctx, path); err == nil {
			entries = append(entries, Entry{Path: path, Token: token})
		}
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("tokencache: list tokens in %s: %w", string(d), err)
		}
	}
	return entries, nil
}

// LockEntry is Lock for an entry that Entries returned, whose key is not known.
func (d Dir) LockEntry(ctx context.Context, entry Entry) (unlock func(), err error) {
	return lock(ctx, entry.Path, lockName)
}

// LockEntrySending is LockSending for an entry that Entries returned.
func (d Dir) LockEntrySending(ctx context.Context, entry Entry) (unlock func(), err error) {
	return lock(ctx, entry.Path, sendingName)
}

// LoadEntry is Load for an entry that Entries returned, and reads what Entries reads: the
// fields that are not readable are zero.
func (d Dir) LoadEntry(ctx context.Context, entry Entry) (*Token, error) {
	token, err := loadEntry(ctx, entry.Path)
	if err != nil {
		return nil, fmt.Errorf("tokencache: load token: %w", err)
	}
	return token, nil
}

func lock(ctx context.Context, path string, name func(target string) string) (unlock func(), err error) {
	unlock, err = filelock.LockBeside(ctx, path, name)
	if err != nil {
		return nil, fmt.Errorf("tokencache: %w", err)
	}
	return unlock, nil
}

// DeleteEntry is Delete for an entry that Entries returned.
func (d Dir) DeleteEntry(ctx context.Context, entry Entry) error {
	return errors.Join(
		remove(ctx, entry.Path),
		sweep(ctx, entry.Path),
		forgetRefused(ctx, entry.Path),
	)
}

// loadEntry reads once: waiting for what is torn would be waiting for every file that
// is broken for good.
func loadEntry(ctx context.Context, path string) (*Token, error) {
	token := &Token{}
	err := cachefile.Read(ctx, path, func(data []byte) error {
		members, err := cachefile.Members(data)
		for _, m := range members {
			_, _ = token.set(m)
		}
		if token.AccessToken == "" && err == nil {
			err = errNoAccessToken
		}
		return err
	})
	return token, err
}
