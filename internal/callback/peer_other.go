//go:build !linux

package callback

import "net"

// fromOtherUser is false: the system does not tell who opened a connection.
func fromOtherUser(net.Conn) bool { return false }
