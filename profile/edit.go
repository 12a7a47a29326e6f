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

// Edit makes the changes, in turn, to the config file at path, and leaves every other
// byte of it as it is. The file is replaced in one step, or not at all. It keeps its
// mode; a new one has mode 0600. A symbolic link at path stays one, and one that another
// user may have planted is refused. What root makes belongs to the owner of the file, or
// of its directory.
//
// A lock on the sibling path.lock keeps two Edits of one file apart, and Edit waits
// for it until ctx is done. Other AWS tools do not know the lock. When there is nothing
// to change, nothing is locked or made.
//
// A name or a value that could be taken for something else in the file is an
// [*Error], and nothing is changed then: line ends and other characters that do not
// print, whitespace or quotes around it, a comment sign after a space in a value, or, in a
// key or the name of a new section, anything but letters, digits and _-/.%@:+ (a name
// may have spaces as well, a key no colon). So is a file that is UTF-16.
//
// A process that is killed in the middle of an Edit leaves the file as it was before or
// after, and at most a temporary file beside it, which an Edit an hour later removes.
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

// ErrConflict says that a config file has changed since the edit was prepared. Prepare it
// again.
var ErrConflict = errors.New("the file has changed since it was read")

// PreparedEdit is a change to a config file that has not been written yet.
type PreparedEdit struct {
	Path string
	// Old is what the file holds, nil if there is none, and New what Write makes of it.
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
	return filelock.LockBeside(ctx, path, func(target string) string { return target + ".lock" })
}
