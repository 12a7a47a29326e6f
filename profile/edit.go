package profile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
	"github.com/latchkey-sso/latchkey/internal/configfile"
	"github.com/latchkey-sso/latchkey/internal/filelock"
)

// Edit makes the changes in order to the config file at path, and leaves every other byte
// as it is. It replaces the file atomically and keeps its mode; a new file has mode 0600. A
// symbolic link at path is followed and stays, unless another user may have planted it. A
// file that root makes belongs to the owner of the old file, or else of the directory.
//
// Edit takes a lock beside the file, path.lock, and waits for it until ctx is done. Other AWS
// tools do not know the lock. If there is nothing to change, Edit makes no lock and no file.
//
// A name or value that some tool would read differently is an [*Error], and nothing is
// changed then. A value must print, and have no whitespace or quotes around it and no comment
// sign after a space. A key must consist of letters, digits and _-/.%@+, and so must the name
// of a new section, which may also have colons and spaces. A file in UTF-16 is an [*Error] too.
//
// A process that is killed during an Edit leaves the old file or the new one, and at most a
// temporary file beside it, which an Edit an hour later removes.
//
// To show the changes first, use [PrepareEdit].
func Edit(ctx context.Context, path string, changes ...Change) error {
	for {
		e, err := PrepareEdit(ctx, path, changes...)
		if err != nil {
			return err
		}
		if err = e.Write(ctx); !errors.Is(err, ErrConflict) {
			return err
		}
	}
}

// ErrConflict is in the chain of the error of [PreparedEdit.Write] if the config file has
// changed since the edit was prepared.
var ErrConflict = errors.New("the file has changed since it was read")

// PreparedEdit is a change to a config file that has not been written yet.
type PreparedEdit struct {
	Path string
	// Old is the content of the file, nil if there is none. New is what Write replaces it
	// with.
	Old, New []byte
}

// PrepareEdit makes the changes as [Edit] does, but writes nothing.
func PrepareEdit(ctx context.Context, path string, changes ...Change) (*PreparedEdit, error) {
	old, err := readConfig(ctx, path)
	if err != nil {
		return nil, err
	}
	text, bad := apply(old, changes)
	if configfile.IsUTF16(old) {
		bad = &Error{Reason: "the file is UTF-16", Fix: "save it as UTF-8"}
	}
	if bad != nil {
		bad.File = path
		return nil, bad
	}
	return &PreparedEdit{Path: path, Old: old, New: text}, nil
}

// Write replaces the file. The error matches [ErrConflict] if the file no longer holds Old.
// It writes nothing if New is the same as Old.
func (e *PreparedEdit) Write(ctx context.Context) error {
	if bytes.Equal(e.Old, e.New) {
		return nil
	}
	unlock, err := lockConfig(ctx, e.Path)
	if err != nil {
		return fmt.Errorf("profile: edit %s: %w", e.Path, err)
	}
	defer unlock()
	now, err := readConfig(ctx, e.Path)
	if err != nil {
		return err
	}
	if !bytes.Equal(now, e.Old) || (now == nil) != (e.Old == nil) {
		return fmt.Errorf("profile: edit %s: %w", e.Path, ErrConflict)
	}
	if err := atomicfile.Rewrite(ctx, e.Path, e.New); err != nil {
		return fmt.Errorf("profile: edit: %w", err)
	}
	return nil
}

// Format prints the path, whatever the verb: the text may hold secrets.
func (e PreparedEdit) Format(f fmt.State, _ rune) { _, _ = fmt.Fprintf(f, "edit of %q", e.Path) }

// MarshalText makes JSON and slog show the path.
func (e PreparedEdit) MarshalText() ([]byte, error) { return []byte(e.Path), nil }

// readConfig reads a config file, nil if there is none.
func readConfig(ctx context.Context, path string) ([]byte, error) {
	if path == "" {
		return nil, errors.New("profile: edit: the path is empty")
	}
	data, err := atomicfile.ReadShared(ctx, path, configfile.MaxSize)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("profile: edit: %w", err)
	}
	return data, nil
}

// lockConfig takes the lock beside the file that path leads to.
func lockConfig(ctx context.Context, path string) (unlock func(), err error) {
	return filelock.LockSibling(ctx, path, func(target string) string { return target + ".lock" })
}
