package profile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
	"github.com/latchkey-sso/latchkey/internal/filelock"
)

// Kind is what a section of the config file describes.
type Kind uint8

const (
	// KindProfile is [profile NAME], or [default].
	KindProfile = Kind(profileSection)
	// KindSession is [sso-session NAME].
	KindSession = Kind(sessionSection)
	// KindServices is [services NAME].
	KindServices = Kind(servicesSection)
)

// Setting is a key and its value.
type Setting struct{ Key, Value string }

// Format prints as a [Property] does, so that no verb shows a secret.
func (s Setting) Format(f fmt.State, verb rune) {
	Property{Key: strings.ToLower(s.Key), Value: s.Value}.Format(f, verb)
}

// MarshalText makes JSON and slog show what Format prints.
func (s Setting) MarshalText() ([]byte, error) {
	return Property{Key: strings.ToLower(s.Key), Value: s.Value}.MarshalText()
}

// Change is one change to a config file, for [Edit]. The zero value changes nothing.
type Change struct {
	what     changeKind
	section  sectionID
	settings []Setting
}

type changeKind uint8

const (
	setSettings changeKind = 1 + iota
	removeKey
	removeSection
)

// Format prints which section and which keys it is about, whatever the verb.
func (c Change) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "change to %s", c.section.kind.header(c.section.name))
	for _, s := range c.settings {
		fmt.Fprintf(f, " %q", s.Key)
	}
}

// Set writes settings of a section, and adds the section, at the end of the file,
// if there is none. A key that is there keeps its place and the comment on its line;
// a new one comes after the last of the section. Where a key or a section is there
// more than once, the value that counts is changed.
func Set(kind Kind, name string, settings ...Setting) Change {
	return Change{what: setSettings, section: sectionID{sectionKind(kind), name}, settings: settings}
}

// RemoveKey removes a key from a section, with the indented lines that belong to it.
// It is no mistake when there is none.
func RemoveKey(kind Kind, name, key string) Change {
	return Change{what: removeKey, section: sectionID{sectionKind(kind), name}, settings: []Setting{{Key: key}}}
}

// RemoveSection removes a section, and the blank lines after it; a comment after its
// last setting stays. It is no mistake when there is none.
func RemoveSection(kind Kind, name string) Change {
	return Change{what: removeSection, section: sectionID{sectionKind(kind), name}}
}

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
	if isUTF16(old) {
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
	data, err := atomicfile.ReadShared(ctx, path, maxConfigSize)
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
