//go:build netns

package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/internal/netnstest"
)

// compose is a file for Docker Compose. It has the keys of the example, and no others.
type compose struct {
	Services map[string]service
	Secrets  map[string]struct{ File string }
}

type service struct {
	Image, Build, User, Command, Restart string

	Environment      map[string]string
	Volumes, Secrets []string
	DependsOn        []string `yaml:"depends_on"`
}

func readCompose(t *testing.T, dir string) compose {
	t.Helper()
	var c compose
	decoder := yaml.NewDecoder(strings.NewReader(filetest.Read(t, filepath.Join(dir, "compose.yaml"))))
	decoder.KnownFields(true)
	if err := decoder.Decode(&c); err != nil {
		t.Fatal(err)
	}
	return c
}

// owner is the user of the containers, the default of UID in compose.yaml.
const owner = "1000"

// own gives the files of a directory to the user of the containers.
func own(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err == nil {
			err = os.Chown(path, 1000, 1000)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// container is a root directory with the files of a service, and a machine to run programs on.
type container struct {
	machine netnstest.Namespace
	root    string
	service service
	mounts  []string // SOURCE TARGET OPTIONS
	env     []string
}

func newContainer(t *testing.T, machine netnstest.Namespace, dir string, project compose, s service) *container {
	t.Helper()
	if s.User != "${UID:-"+owner+"}" {
		t.Errorf("user: %s", s.User)
	}
	c := &container{machine: machine, root: t.TempDir(), service: s}
	for _, name := range []string{"bin", "sbin", "lib", "lib64"} {
		if err := os.Symlink("usr/"+name, filepath.Join(c.root, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{"/usr", "/dev", "/proc"} {
		c.mount(t, path, path, "rw")
	}
	c.mount(t, os.Args[0], "/opt/latchkey", "ro")
	for _, volume := range s.Volumes {
		parts := append(strings.Split(volume, ":"), "rw")
		c.mount(t, filepath.Join(dir, parts[0]), parts[1], parts[2])
	}
	for _, secret := range s.Secrets {
		c.mount(t, filepath.Join(dir, project.Secrets[secret].File), "/run/secrets/"+secret, "ro")
	}
	c.env = []string{"PATH=/opt:/usr/bin", runVariable + "=1"}
	for name, value := range s.Environment {
		c.env = append(c.env, name+"="+value)
	}
	if err := os.MkdirAll(filepath.Join(c.root, "etc"), 0o755); err != nil {
		t.Fatal(err)
	}
	return c
}

// mount makes a file or a directory appear in the container. As with a container engine, root owns the directories above.
func (c *container) mount(t *testing.T, source, target, options string) {
	t.Helper()
	info, err := os.Stat(source)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(c.root, target)
	if info.IsDir() {
		err = os.MkdirAll(path, 0o755)
	} else if err = os.MkdirAll(filepath.Dir(path), 0o755); err == nil {
		err = os.WriteFile(path, nil, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	c.mounts = append(c.mounts, source, path, options)
}

// enter mounts the files of a container, which only this process sees, and runs a program as its user.
const enter = `set -e
root=$1 user=$2 mounts=$3
shift 3
for _ in $(seq "$mounts"); do
	mount -o bind,"$3" "$1" "$2"
	shift 3
done
exec chroot --userspec="$user:$user" "$root" /usr/bin/env -i "$@"`

func (c *container) command(ctx context.Context, args ...string) *exec.Cmd {
	words := append([]string{"sh", "-c", enter, "enter", c.root, owner, fmt.Sprint(len(c.mounts) / 3)}, c.mounts...)
	return c.machine.Command(ctx, append(append(words, c.env...), args...)...)
}

func (c *container) run(t *testing.T, args ...string) (string, error) {
	t.Helper()
	out, err := c.command(t.Context(), args...).CombinedOutput()
	return string(out), err
}

// start runs the command of the service, and kills it at the end of the test.
func (c *container) start(t *testing.T) {
	t.Helper()
	cmd := c.command(context.WithoutCancel(t.Context()), strings.Fields(c.service.Command)...)
	output := &strings.Builder{}
	cmd.Stdout, cmd.Stderr = output, output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		t.Logf("%s:\n%s", c.service.Command, output)
	})
}
