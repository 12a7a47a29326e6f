package callback

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestResponseOfOtherUser: the response of another user is not accepted, not even with the right state. The user's own
// browser can still respond.
func TestResponseOfOtherUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can send a request as another user")
	}
	const me, other = 4321, 4322
	r := start(t, nil, func(r *run) {
		r.fromOtherUser = func(conn net.Conn) bool { return fromOtherUserThan(t, conn, me) }
		close(r.release)
	})
	for _, step := range []struct {
		user uint32
		want int
	}{{other, http.StatusBadRequest}, {me, http.StatusSeeOther}} {
		if status := requestAs(t, step.user, r.host, r.address(r.goodQuery())); status != step.want {
			t.Errorf("as user %d: status %d, want %d", step.user, status, step.want)
		}
	}
	_ = r.get(t, "http://"+r.host+donePath, nil)
	if code := <-r.redeemed; code != "the code" {
		t.Errorf("redeemed %q", code)
	}
	if err := <-r.result; err != nil {
		t.Error(err)
	}
}

// fromOtherUserThan is fromOtherUser for the process of a user.
func fromOtherUserThan(t *testing.T, conn net.Conn, me int) bool {
	t.Helper()
	other, certain := openedByOther(connections4(), conn, me)
	if !certain {
		t.Error("the other end is not in the table")
	}
	return other
}

// requestAs sends a GET request from a process of a user and returns the status.
func requestAs(t *testing.T, user uint32, host, address string) (status int) {
	t.Helper()
	path := strings.TrimPrefix(address, "http://"+host)
	script := `exec 3<>/dev/tcp/` + strings.Replace(host, ":", "/", 1) +
		`; printf 'GET %s HTTP/1.1\r\nHost: %s\r\n\r\n' "$1" "$2" >&3; head -1 <&3`
	cmd := exec.CommandContext(t.Context(), "bash", "-c", script, "bash", path, host)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: user, Gid: user}}
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("request as user %d: %v", user, err)
	}
	if _, err := fmt.Sscanf(string(out), "HTTP/1.1 %d", &status); err != nil {
		t.Fatalf("response %q: %v", out, err)
	}
	return status
}

// TestMappedAddress: the user's program may connect with an IPv6 socket.
func TestMappedAddress(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	socket, err := unix.Socket(unix.AF_INET6, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(socket)
	mapped := &unix.SockaddrInet6{Port: l.Addr().(*net.TCPAddr).Port, Addr: [16]byte(net.IPv4(127, 0, 0, 1).To16())}
	if err := unix.Connect(socket, mapped); err != nil {
		t.Fatal(err)
	}
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if other, certain := openedByOther(connections4(), conn, os.Geteuid()); other || !certain {
		t.Errorf("openedByOther: %t, %t", other, certain)
	}
}

// fakeConn is a connection with addresses only.
type fakeConn struct {
	net.Conn
	local, remote *net.TCPAddr
}

func (c fakeConn) LocalAddr() net.Addr  { return c.local }
func (c fakeConn) RemoteAddr() net.Addr { return c.remote }

// TestOpenedByOther uses tables of /proc/net/tcp.
func TestOpenedByOther(t *testing.T) {
	loopback := func(port int) *net.TCPAddr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port} }
	conn := fakeConn{local: loopback(0x1F90), remote: loopback(0xC001)}
	here, there := tableAddress(conn.local), tableAddress(conn.remote)
	line := func(local, remote, state string, user int) string {
		return fmt.Sprintf("   1: %s %s %s 00000000:00000000 00:00000000 00000000  %d        0 19263 1 0 20 4 30 10 -1\n", local, remote, state, user)
	}
	const header = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
	listener := line(here, "00000000:0000", "0A", 1000)
	ours := line(here, there, "01", 1000)
	for name, tt := range map[string]struct {
		table          string
		other, certain bool
	}{
		"mine":                 {header + listener + ours + line(there, here, "01", 1000), false, true},
		"root's":               {header + listener + ours + line(there, here, "01", 0), false, true},
		"another's":            {header + listener + line(there, here, "01", 1001) + ours, true, true},
		"closed":               {header + listener + line(here, there, "08", 1000) + line(there, here, "05", 0), true, false},
		"gone":                 {header + listener, true, false},
		"no table":             {header, false, false},
		"another port of mine": {header + listener + ours + line(tableAddress(loopback(5)), here, "01", 1000), true, false},
		"not a user":           {header + strings.Replace(line(there, here, "01", 1000), "  1000  ", "  x  ", 1), true, true},
	} {
		if other, certain := openedByOther(tt.table, conn, 1000); other != tt.other || certain != tt.certain {
			t.Errorf("%s: %t, %t", name, other, certain)
		}
	}
	if fromOtherUser(conn) && os.Geteuid() == 0 {
		t.Error("root's sign-in accepts any browser of this machine")
	}
}
