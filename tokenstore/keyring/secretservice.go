//go:build !darwin && !windows

package keyring

import (
	"errors"
	"fmt"

	"github.com/godbus/dbus/v5"
)

var (
	errNoBus        = errors.New("no D-Bus session")
	errNoService    = errors.New("no program provides the Secret Service")
	errNoCollection = errors.New("it has no default collection")
	errLocked       = errors.New("it is locked")
)

// checkAvailable fails if there is no session bus. Without this check, the library would start one,
// and a keyring that no other program uses.
func checkAvailable() error {
	conn, err := dbus.SessionBusPrivateNoAutoStartup()
	if err != nil {
		return fmt.Errorf("%w: %w", errNoBus, err)
	}
	return conn.Close()
}

// describe returns a better reason than the library, which does not say that the keyring is locked.
func describe(reason error) error {
	var reply dbus.Error
	if errors.As(reason, &reply) && reply.Name == "org.freedesktop.DBus.Error.ServiceUnknown" {
		return errNoService
	}
	bus, err := dbus.SessionBus()
	if err != nil {
		return reason
	}
	for _, collection := range collections {
		locked, err := bus.Object("org.freedesktop.secrets", collection).GetProperty("org.freedesktop.Secret.Collection.Locked")
		switch {
		case err != nil: // it does not exist
			continue
		case locked.Value() == true:
			return errLocked
		}
		return reason
	}
	return errNoCollection
}

// collections are those that the library may use: the first that exists.
var collections = [...]dbus.ObjectPath{
	"/org/freedesktop/secrets/collection/login",
	"/org/freedesktop/secrets/aliases/default",
}
