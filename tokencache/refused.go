package tokencache

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
)

// RefreshNote is what a process tells the others about a request to refresh a token:
// what became of it, so that they need not ask the same. The zero value means that
// nothing is known. It must hold no secret: other errors show it.
type RefreshNote struct {
	At      time.Time      `json:"at"` // when the request was sent, or else when the outcome was known
	Outcome RefreshOutcome `json:"outcome"`
	Code    string         `json:"code,omitempty"`    // of the service's error; empty if it gave none
	Message string         `json:"message,omitempty"` // why it failed; NoteRefresh keeps the first 300 bytes
	Server  string         `json:"server,omitempty"`  // tells servers apart: the outcome says nothing about others
}

// RefreshOutcome is what became of a request.
type RefreshOutcome string

// The outcomes. A refresh that succeeded leaves no note, but a new refresh token.
const (
	RefreshSent    RefreshOutcome = "sent"    // it is on its way, or its sender was killed
	RefreshFailed  RefreshOutcome = "failed"  // it may succeed another time
	RefreshRefused RefreshOutcome = "refused" // the sign-in has ended
)

// maxMessage bounds the message of a note, in bytes, and maxNote its file.
const (
	maxMessage = 300
	maxNote    = 8 << 10
)

// noteFile is the file of a note, which holds a hash of the refresh token it is about.
type noteFile struct {
	Of string `json:"of"`
	RefreshNote
}

// NoteRefresh leaves a note about refreshToken beside the file of key, in place of the
// note before.
func (d Dir) NoteRefresh(ctx context.Context, key string, refreshToken Secret, note RefreshNote) error {
	path, err := beside(ctx, d.Path(key), noteExtension)
	if err != nil {
		return fmt.Errorf("tokencache: store note: %w", err)
	}
	note.At = note.At.UTC()
	note.Message = strings.ToValidUTF8(note.Message[:min(len(note.Message), maxMessage)], "")
	data, err := json.Marshal(noteFile{hash(refreshToken), note})
	if err != nil {
		return fmt.Errorf("tokencache: store %s: %w", path, err)
	}
	if err := atomicfile.Replace(ctx, path, append(data, '\n')); err != nil {
		return fmt.Errorf("tokencache: %w", err)
	}
	return nil
}

// LastRefresh returns the note beside the file of key if it is about refreshToken.
// Otherwise, and when it cannot be read, it returns the zero value.
func (d Dir) LastRefresh(ctx context.Context, key string, refreshToken Secret) RefreshNote {
	return readNote(ctx, d.Path(key), refreshToken)
}

// EntryRefusedAt returns when the server refused the refresh token of an entry that
// Entries returned, and so ended the sign-in. It is the zero time if no note says so.
func (d Dir) EntryRefusedAt(ctx context.Context, entry Entry) time.Time {
	note := readNote(ctx, entry.Path, entry.Token.RefreshToken)
	if note.Outcome != RefreshRefused {
		return time.Time{}
	}
	return note.At
}

func readNote(ctx context.Context, tokenPath string, refreshToken Secret) RefreshNote {
	path, err := beside(ctx, tokenPath, noteExtension)
	if err != nil {
		return RefreshNote{}
	}
	data, _ := atomicfile.Read(ctx, path, maxNote)
	var note noteFile
	if json.Unmarshal(data, &note) != nil || note.Of != hash(refreshToken) {
		return RefreshNote{}
	}
	return note.RefreshNote
}

// ForgetRefused removes the note beside the file of key. It is no error when there is
// none.
func (d Dir) ForgetRefused(ctx context.Context, key string) error {
	return forgetRefused(ctx, d.Path(key))
}

func forgetRefused(ctx context.Context, tokenPath string) error {
	path, err := beside(ctx, tokenPath, noteExtension)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("tokencache: delete note: %w", err)
	}
	return remove(ctx, path)
}

const noteExtension = ".refused"

func hash(s Secret) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
