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

// describe returns the reason for an error of the library, which does not say that the keyring is
// locked.
func describe(err error) error {
	var reply dbus.Error
	if errors.As(err, &reply) && reply.Name == "org.freedesktop.DBus.Error.ServiceUnknown" {
		return errNoService
	}
	bus, busErr := dbus.SessionBus()
	if busErr != nil {
		return err
	}
	const name = "org.freedesktop.secrets"
	var collection dbus.ObjectPath
	call := bus.Object(name, "/org/freedesktop/secrets").Call("org.freedesktop.Secret.Service.ReadAlias", 0, "default")
	if call.Store(&collection) != nil {
		return err
	}
	if collection == "/" {
		return errNoCollection
	}
	locked, propErr := bus.Object(name, collection).GetProperty("org.freedesktop.Secret.Collection.Locked")
	if propErr == nil && locked.Value() == true {
		return errLocked
	}
	return err
}
