package cachefile_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/latchkey-sso/latchkey/internal/cachefile"
	"github.com/latchkey-sso/latchkey/internal/filetest"
)

var (
	errTorn   = &cachefile.DamageError{Reason: "torn", Torn: true}
	errBroken = &cachefile.DamageError{Reason: "broken"}
)

func TestLoadRetriesTorn(t *testing.T) {
	for _, tt := range []struct {
		name  string
		errs  []error // what parse returns on each try, then nil
		want  error
		tries int
	}{
		{"whole", nil, nil, 1},
		{"torn once", []error{errTorn}, nil, 2},
		{"torn many times", slices.Repeat([]error{errTorn}, 24), nil, 25},
		{"torn for good", slices.Repeat([]error{errTorn}, 25), errTorn, 25},
		{"broken", []error{errBroken}, errBroken, 1},
		{"torn, then broken", []error{errTorn, errBroken}, errBroken, 2},
		{"not about the content", []error{fs.ErrInvalid}, fs.ErrInvalid, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := plant(t, "content")
			synctest.Test(t, func(t *testing.T) {
				start, tries := time.Now(), 0
				err := cachefile.Load(t.Context(), path, func(data []byte) error {
					tries++
					if string(data) != "content" {
						t.Errorf("parse got %q", data)
					}
					if tries <= len(tt.errs) {
						return tt.errs[tries-1]
					}
					return nil
				})
				if !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) || tries != tt.tries {
					t.Errorf("Load: %v after %d tries; want %v after %d", err, tries, tt.want, tt.tries)
				}
				if waited := time.Since(start); waited > 250*time.Millisecond {
					t.Errorf("Load waited for %v", waited)
				}
			})
		})
	}
}

// TestLoadWriterFinishes: a retry reads the new content.
func TestLoadWriterFinishes(t *testing.T) {
	path := plant(t, "")
	synctest.Test(t, func(t *testing.T) {
		time.AfterFunc(200*time.Millisecond, func() {
			if err := os.WriteFile(path, []byte("done"), 0o600); err != nil {
				t.Error(err)
			}
		})
		err := cachefile.Load(t.Context(), path, func(data []byte) error {
			if len(data) == 0 {
				return errTorn
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestLoadContext(t *testing.T) {
	path := plant(t, "")
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		start := time.Now()
		err := cachefile.Load(ctx, path, func([]byte) error { return errTorn })
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Load: %v", err)
		}
		if waited := time.Since(start); waited != 20*time.Millisecond {
			t.Errorf("Load returned after %v", waited)
		}
		err = cachefile.Load(ctx, path, func([]byte) error { t.Error("parse was called"); return nil })
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Load: %v", err)
		}
	})
}

func TestReadErrors(t *testing.T) {
	dir := t.TempDir()
	large := plant(t, strings.Repeat(" ", 1<<20+1))
	limit := plant(t, strings.Repeat(" ", 1<<20))
	if err := cachefile.Read(t.Context(), limit, func(data []byte) error {
		if len(data) != 1<<20 {
			t.Errorf("%d bytes read", len(data))
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	var damage *cachefile.DamageError
	for path, want := range map[string]string{large: "larger than 1 MiB", dir: "not a regular file"} {
		err := cachefile.Read(t.Context(), path, func([]byte) error { t.Error("parse was called"); return nil })
		if !errors.As(err, &damage) || damage.Torn || damage.Reason != want {
			t.Errorf("Read: %v, want %q", err, want)
		}
	}
	err := cachefile.Read(t.Context(), filepath.Join(dir, "none"), func([]byte) error { return nil })
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Read: %v", err)
	}
}

func plant(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	filetest.Write(t, path, content)
	return path
}
