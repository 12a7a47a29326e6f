package cachefile

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
)

const (
	maxNote    = 8 << 10 // bytes of a note's file
	maxMessage = 300     // bytes of an error message in a note
)

// LoadNote reads the JSON file at path into note. The error matches fs.ErrNotExist if
// there is no file, or if it is damaged: a note is not worth more than that.
func LoadNote(ctx context.Context, path string, note any) error {
	data, err := atomicfile.Read(ctx, path, maxNote)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, note); err != nil {
		return fmt.Errorf("%w: damaged note %s", fs.ErrNotExist, path)
	}
	return nil
}

// StoreNote replaces the file at path with note in JSON.
func StoreNote(ctx context.Context, path string, note any) error {
	data, err := json.Marshal(note)
	if err != nil {
		return err
	}
	return atomicfile.Replace(ctx, path, append(data, '\n'))
}

// ShortMessage returns the start of an error message, for a note.
func ShortMessage(s string) string {
	return strings.ToValidUTF8(s[:min(len(s), maxMessage)], "")
}
