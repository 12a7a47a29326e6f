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

// Edit applies the changes, in order, to the config file at path and leaves every other byte
// untouched. It replaces the file atomically and keeps its mode; a new file has mode 0600.
// Edit follows a symbolic link at path unless another user may have planted it. If root
// creates the file, it belongs to the owner of the old file, or else of the directory.
//
// Edit locks path.lock, and waits for the lock until ctx is done. Other AWS tools do not
// honor it. If there is nothing to change, Edit creates neither the lock nor the file.
//
// If some tool would read a name or value differently, Edit returns an [*Error] and changes
// nothing. A value must be printable, without surrounding whitespace or quotes and without #
// or ; after a space. A key may contain letters, digits and _-/.%@+; a new section's name may
// also contain colons and spaces. Edit rejects a UTF-16 file with an [*Error].
//
// If the process is killed, the old or the new file is intact. A temporary file may remain
// beside it, which an Edit at least an hour later removes.
//
// To preview the changes, use [PrepareEdit].
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

// ErrConflict is wrapped by the error of [PreparedEdit.Write] if the config file has changed
// since [PrepareEdit] read it.
var ErrConflict = errors.New("the file has changed since it was read")

// PreparedEdit is an edit to a config file that has not been written yet.
type PreparedEdit struct {
	Path string
	// Old is the current content; nil if the file does not exist. New is the content that
	// Write writes.
	Old, New []byte
}

// PrepareEdit applies the changes as [Edit] does, but writes nothing.
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

// Write replaces the file, unless New equals Old. The error wraps [ErrConflict] if the file no
// longer contains Old.
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

// Format prints only the path, for every verb: the content may hold secrets.
func (e PreparedEdit) Format(f fmt.State, _ rune) { _, _ = fmt.Fprintf(f, "edit of %q", e.Path) }

// MarshalText makes JSON and slog show only the path.
func (e PreparedEdit) MarshalText() ([]byte, error) { return []byte(e.Path), nil }

// readConfig returns nil if the file does not exist.
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

// lockConfig locks the file that path resolves to.
func lockConfig(ctx context.Context, path string) (unlock func(), err error) {
	return filelock.LockSibling(ctx, path, func(target string) string { return target + ".lock" })
}
