package callback

import (
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
)

// fromOtherUser reports whether another user of this machine, except root, has opened the connection. Such a user may know
// the state: other users can read the arguments of the program that opens the browser.
func fromOtherUser(conn net.Conn) bool {
	me := os.Geteuid()
	if me == 0 || isWSL() {
		return false // the browser may run as the user who ran sudo, or on Windows
	}
	other := false
	for range 3 { // the tables may change while they are read
		var certain bool
		if other, certain = openedByOther(connections4(), conn, me); certain {
			break
		}
	}
	return other
}

// isWSL reports whether the kernel is that of the Windows Subsystem for Linux.
func isWSL() bool {
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	return err == nil && strings.Contains(strings.ToLower(string(release)), "microsoft")
}

// connections4 returns the table of IPv4 connections. A program may use an IPv6 socket for them, as Java does.
func connections4() string {
	table, _ := os.ReadFile("/proc/net/tcp") // openedByOther rejects nothing if there is no table
	table6, _ := os.ReadFile("/proc/net/tcp6")
	mapped := fmt.Sprintf("%016X%08X", 0, binary.NativeEndian.Uint32([]byte{0, 0, 0xff, 0xff})) // ::ffff:0:0/96
	return string(table) + strings.ReplaceAll(string(table6), mapped, "")
}

// The columns of /proc/net/tcp (proc_net_tcp(5)).
const (
	columnLocal  = 1
	columnRemote = 2
	columnState  = 3
	columnUser   = 7
	columns      = 8
)

const established = "01" // a browser waits for the response; a closed connection has no user

// overflowUser stands for a user that does not exist in the user namespace of this process.
const overflowUser = 65534

// openedByOther looks up the other end of conn. It counts as another user's if it is missing from a table that has this
// end or the listener; then the lookup is not certain.
func openedByOther(table string, conn net.Conn, me int) (other, certain bool) {
	here, there := tableAddress(conn.LocalAddr()), tableAddress(conn.RemoteAddr())
	for line := range strings.Lines(table) {
		fields := strings.Fields(line)
		if len(fields) < columns {
			continue
		}
		if fields[columnLocal] == there && fields[columnRemote] == here && fields[columnState] == established {
			user, err := strconv.Atoi(fields[columnUser])
			return err != nil || !slices.Contains([]int{me, 0, overflowUser}, user), true
		}
		other = other || fields[columnLocal] == here
	}
	return other, false
}

// tableAddress returns an IPv4 address and port as in the table.
func tableAddress(addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok || tcp.IP.To4() == nil {
		return ""
	}
	return fmt.Sprintf("%08X:%04X", binary.NativeEndian.Uint32(tcp.IP.To4()), tcp.Port)
}
