//go:build secretservice

package keyring

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/zalando/go-keyring"

	"github.com/latchkey-sso/latchkey/internal/agecipher"
	"github.com/latchkey-sso/latchkey/tokenstore"
)

// These tests run GNOME Keyring on a private D-Bus.

// startBus starts a session bus and sets an environment that has no other.
func startBus(t *testing.T) {
	t.Helper()
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_RUNTIME_DIR", home)
	t.Setenv("XDG_DATA_HOME", "")
	t.Setenv("DISPLAY", "")
	t.Setenv("WAYLAND_DISPLAY", "")
	cmd := exec.CommandContext(t.Context(), "dbus-daemon", "--session", "--nofork", "--print-address", "--address=unix:dir="+home)
	address, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	start(t, cmd)
	line, err := bufio.NewReader(address).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", strings.TrimSpace(line))
}

// start starts a program that the test kills at its end.
func start(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
}

// startKeyring starts a keyring with a collection that is not locked.
func startKeyring(t *testing.T) {
	t.Helper()
	startBus(t)
	cmd := exec.CommandContext(t.Context(), "gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets")
	cmd.Stdin = strings.NewReader("password")
	start(t, cmd)
	waitForService(t)
	waitFor(t, agecipher.ErrNoKey)
}

// waitForService waits until the keyring is on the bus. An earlier request would make the bus start
// another.
func waitForService(t *testing.T) {
	t.Helper()
	bus, err := dbus.SessionBus()
	if err != nil {
		t.Fatal(err)
	}
	poll(t, func() (bool, string) {
		var owned bool
		if err := bus.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, "org.freedesktop.secrets").Store(&owned); err != nil {
			t.Fatal(err)
		}
		return owned, "the keyring does not start"
	})
}

// waitFor waits until reading the key fails for a reason.
func waitFor(t *testing.T, reason error) {
	t.Helper()
	poll(t, func() (bool, string) {
		_, err := request(t.Context(), system{service}.get)
		return errors.Is(err, reason), fmt.Sprintf("the keyring reports %v; want %v", err, reason)
	})
}

// poll waits until done returns true. The limit is long: the machine may be busy.
func poll(t *testing.T, done func() (ok bool, otherwise string)) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
		ok, otherwise := done()
		if ok {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(otherwise)
		}
	}
}

// openStore returns the store of a setting, as another process would open it.
func openStore(dir string) *tokenstore.Store {
	return newStore(system{service}, dir)
}

func lockKeyring(t *testing.T) {
	t.Helper()
	bus, err := dbus.SessionBus()
	if err != nil {
		t.Fatal(err)
	}
	login := []dbus.ObjectPath{"/org/freedesktop/secrets/collection/login"}
	if err := bus.Object("org.freedesktop.secrets", "/org/freedesktop/secrets").Call("org.freedesktop.Secret.Service.Lock", 0, login).Err; err != nil {
		t.Fatal(err)
	}
}

// wantUnavailable checks that a sign-in can be neither loaded nor stored.
func wantUnavailable(t *testing.T, dir string, reason error) {
	t.Helper()
	mustStore(t, newStore(&fakeRing{}, dir))
	s := openStore(dir)
	for _, err := range []error{load(t.Context(), s), store(t.Context(), s)} {
		if !errors.Is(err, ErrUnavailable) || !errors.Is(err, reason) {
			t.Errorf("%v; want %v", err, reason)
		}
	}
}

func TestSecretServiceCaches(t *testing.T) {
	startKeyring(t)
	testCaches(t, func(t *testing.T) *tokenstore.Store { return openStore(t.TempDir()) })
}

func TestSecretServiceLocked(t *testing.T) {
	startKeyring(t)
	dir := t.TempDir()
	mustStore(t, openStore(dir))
	mustLoad(t, openStore(dir))
	lockKeyring(t)
	wantUnavailable(t, dir, errLocked)
}

func TestSecretServiceKeyDeleted(t *testing.T) {
	startKeyring(t)
	dir := t.TempDir()
	mustStore(t, openStore(dir))
	if err := keyring.Delete(service, account); err != nil {
		t.Fatal(err)
	}
	wantInvalid(t, openStore(dir), "cannot be decrypted: the key no longer exists")
	mustStore(t, openStore(dir))
	mustLoad(t, openStore(dir))
}

// TestSecretServiceProcesses: processes that start at the same time create one key.
func TestSecretServiceProcesses(t *testing.T) {
	const variable = "KEYRING_TEST_STORE"
	if dir := os.Getenv(variable); dir != "" {
		mustStore(t, openStore(dir))
		mustLoad(t, openStore(dir))
		return
	}
	startKeyring(t)
	var dirs []string
	var all sync.WaitGroup
	for range 20 {
		dir := t.TempDir()
		dirs = append(dirs, dir)
		all.Go(func() {
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestSecretServiceProcesses$")
			cmd.Env = append(os.Environ(), variable+"="+dir)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	all.Wait()
	for _, dir := range dirs {
		mustLoad(t, openStore(dir))
	}
}

func TestSecretServiceEmpty(t *testing.T) {
	startBus(t)
	start(t, exec.CommandContext(t.Context(), "gnome-keyring-daemon", "--foreground", "--components=secrets"))
	waitForService(t)
	waitFor(t, errNoCollection)
	wantUnavailable(t, t.TempDir(), errNoCollection)
}

func TestSecretServiceNoBus(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/missing")
	wantUnavailable(t, t.TempDir(), errNoBus)
}
