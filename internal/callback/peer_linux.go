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
	if me == 0 {
		return false // the browser may run as the user who ran sudo
	}
	other := false
	for range 3 { // the table may change while it is read
		table, err := os.ReadFile("/proc/net/tcp")
		if err != nil {
			return false
		}
		var certain bool
		if other, certain = openedByOther(string(table), conn, me); certain {
			break
		}
	}
	return other
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
