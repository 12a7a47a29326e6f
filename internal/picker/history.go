package picker

import (
	"context"
	"encoding/json"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/latchkey-sso/latchkey/internal/atomicfile"
)

const (
	maxRecent  = 50      // of each kind
	maxHistory = 1 << 20 // bytes
)

// History stores recent choices, as names only, in a file in the user's state directory. The
// zero value stores nothing.
type History struct {
	path string
}

// historyOf returns the history in XDG_STATE_HOME or the system's equivalent. LATCHKEY_NO_HISTORY
// disables it.
func historyOf(getenv func(string) string) History {
	dir := stateDir(runtime.GOOS, getenv)
	if getenv("LATCHKEY_NO_HISTORY") != "" || !filepath.IsAbs(dir) {
		return History{}
	}
	return History{filepath.Join(dir, "latchkey", "recent.json")}
}

func stateDir(goos string, getenv func(string) string) string {
	if dir := getenv("XDG_STATE_HOME"); dir != "" {
		return dir
	}
	switch goos {
	case "windows":
		return getenv("LocalAppData")
	case "darwin":
		return filepath.Join(getenv("HOME"), "Library", "Application Support")
	}
	return filepath.Join(getenv("HOME"), ".local", "state")
}

// recent returns the IDs of a kind, most recent first. It ignores an unreadable file.
func (h History) recent(ctx context.Context, kind string) []string { return h.load(ctx)[kind] }

func (h History) load(ctx context.Context) map[string][]string {
	all := map[string][]string{}
	if h.path == "" {
		return all
	}
	data, err := atomicfile.Read(ctx, h.path, maxHistory)
	if err != nil || json.Unmarshal(data, &all) != nil || all == nil {
		return map[string][]string{}
	}
	return all
}

// add moves an ID to the front. Without a lock, one of two simultaneous choices may be lost.
func (h History) add(ctx context.Context, kind, id string) {
	if h.path == "" || kind == "" {
		return
	}
	all := h.load(ctx)
	ids := slices.DeleteFunc(all[kind], func(other string) bool { return other == id })
	ids = slices.Insert(ids, 0, id)
	all[kind] = ids[:min(len(ids), maxRecent)]
	data, err := json.Marshal(all)
	if err != nil || len(data) > maxHistory {
		return
	}
	_ = atomicfile.Replace(ctx, h.path, data) // only affects the order
}
