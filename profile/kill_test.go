package profile_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/profile"
)

// The environment of a copy of this test binary that edits a file until it is killed.
const (
	editPath = "LATCHKEY_TEST_EDIT_PATH"
	editName = "LATCHKEY_TEST_EDIT_NAME"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(editPath); path != "" {
		fmt.Fprintln(os.Stderr, editLoop(path, os.Getenv(editName)))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// editLoop adds a pair of keys with each edit, and prints how many pairs there are. It
// continues where an earlier process of that name was killed.
func editLoop(path, name string) error {
	settings, err := readShared(path)
	for n := settings.pairs(name); err == nil; n++ {
		fmt.Println(n)
		a, b := pair(name, n+1)
		err = profile.Edit(context.Background(), path, profile.Set(profile.KindProfile, "shared", a, b))
	}
	return err
}

func pair(name string, n int) (a, b profile.Setting) {
	return profile.Setting{Key: fmt.Sprint(name, "-a-", n), Value: "1"}, profile.Setting{Key: fmt.Sprint(name, "-b-", n), Value: "1"}
}

// settings are those of the profile that all processes edit.
type settings struct{ *profile.Section }

func readShared(path string) (settings, error) {
	none := settings{&profile.Section{}}
	all, err := profile.ReadAll(func(o *profile.Options) { o.ConfigFile, o.CredentialsFile = path, os.DevNull })
	if all == nil {
		return none, err
	}
	for _, s := range all.Profiles {
		if s.Name == "shared" {
			return settings{s}, err
		}
	}
	return none, err
}

// pairs counts the pairs of one process up to the first that is missing.
func (s settings) pairs(name string) int {
	for n := 0; ; n++ {
		a, b := pair(name, n+1)
		_, hasA := s.Get(a.Key)
		_, hasB := s.Get(b.Key)
		if !hasA || !hasB {
			return n
		}
	}
}

// editing is a process that edits.
type editing struct {
	t      *testing.T
	name   string
	cmd    *exec.Cmd
	stderr bytes.Buffer
	last   int           // the last number it printed, once done is closed
	done   chan struct{} // closed when its output has been read
}

// startEditing starts a process. It sends to tick after each edit.
func startEditing(t *testing.T, path, name string, tick chan<- struct{}) *editing {
	t.Helper()
	p := &editing{t: t, name: name, cmd: exec.CommandContext(t.Context(), os.Args[0]), done: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), editPath+"="+path, editName+"="+name)
	p.cmd.Stderr = &p.stderr
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.done)
		for lines := bufio.NewReader(stdout); ; {
			line, err := lines.ReadString('\n')
			if err == nil {
				_, err = fmt.Sscan(line, &p.last)
			}
			select {
			case tick <- struct{}{}:
			default:
			}
			if err != nil {
				return
			}
		}
	}()
	return p
}

// kill kills the process, and returns how many edits it has reported.
func (p *editing) kill() int {
	_ = p.cmd.Process.Kill()
	<-p.done
	_ = p.cmd.Wait()
	if p.stderr.Len() > 0 {
		p.t.Errorf("%s prints %s", p.name, &p.stderr)
	}
	return p.last
}

// TestEditsOutliveKills kills processes during their edits. Finished edits stay, other
// processes continue, and no edit is applied by half.
func TestEditsOutliveKills(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "config")
	base := "# mine\r\n" + strings.Repeat("[profile x]\nregion = eu-west-1 # c\n\n", 500)
	filetest.Write(t, path, base)
	tick := make(chan struct{}, 1)
	running := make([]*editing, 4)
	for i := range running {
		running[i] = startEditing(t, path, fmt.Sprint("p", i), tick)
	}
	finished := map[string]int{}
	for range 40 {
		// The process that reported last has begun its next edit; the others are anywhere.
		for range 1 + rand.IntN(6) {
			<-tick
		}
		i := rand.IntN(len(running))
		name := running[i].name
		finished[name] = max(finished[name], running[i].kill())
		wantEdits(t, path, name, finished[name])
		running[i] = startEditing(t, path, name, tick)
	}
	all := 0
	for _, p := range running {
		finished[p.name] = max(finished[p.name], p.kill())
	}
	for name, n := range finished {
		all += wantEdits(t, path, name, n)
	}
	shared, err := readShared(path)
	if err != nil || len(shared.Properties) != 2*all {
		t.Errorf("%d properties, %v; want two for each of %d edits", len(shared.Properties), err, all)
	}
	text, err := os.ReadFile(path)
	if err != nil || !strings.HasPrefix(string(text), base) {
		t.Errorf("the rest of the file has changed: %v", err)
	}
	wantSwept(t, path)
}

// wantEdits checks that the file has the finished edits of a process, and at most one that
// it did not report. It returns how many there are.
func wantEdits(t *testing.T, path, name string, finished int) int {
	t.Helper()
	shared, err := readShared(path)
	got := shared.pairs(name)
	if err != nil || got < finished || got > finished+1 || len(shared.Properties)%2 == 1 {
		t.Fatalf("%s finished %d edits, and the file shows %d in %d properties, %v", name, finished, got, len(shared.Properties), err)
	}
	return got
}

// wantSwept checks that a later edit removes the old temporary files of killed processes.
func wantSwept(t *testing.T, path string) {
	t.Helper()
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".config.*.tmp"))
	if err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-2 * time.Hour)
	for _, name := range left {
		if err := os.Chtimes(name, old, old); err != nil {
			t.Fatal(err)
		}
	}
	if err := profile.Edit(t.Context(), path, region("last", "eu-west-1")); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 2 || entries[0].Name() != "config" || entries[1].Name() != "config.lock" {
		t.Errorf("directory holds %v, %v", entries, err)
	}
}
