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
	maxNote    = 8 << 10 // size of a note file, in bytes
	maxMessage = 300     // size of an error message in a note, in bytes
)

// LoadNote reads the JSON file at path into note. The error matches fs.ErrNotExist if the file
// does not exist or is damaged: a note is only a hint.
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

// StoreNote writes note to the file at path as JSON.
func StoreNote(ctx context.Context, path string, note any) error {
	data, err := json.Marshal(note)
	if err != nil {
		return err
	}
	return atomicfile.Replace(ctx, path, append(data, '\n'))
}

// ShortMessage truncates an error message for a note.
func ShortMessage(s string) string {
	return strings.ToValidUTF8(s[:min(len(s), maxMessage)], "")
}
