//go:build netns

package interop

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/internal/netnstest"
	"github.com/latchkey-sso/latchkey/internal/webtest"
)

// The test of this file needs Linux, iproute2 and root: go test -tags netns ./interop

// forwardVariable makes this test binary forward connections: "FROM TO,...", each a TCP address
// or the path of a Unix socket, which network namespaces do not separate.
const forwardVariable = "LATCHKEY_INTEROP_FORWARD"

func TestNetnsForwarder(t *testing.T) {
	pairs := os.Getenv(forwardVariable)
	if pairs == "" {
		return // not started by TestNetnsLogin
	}
	for pair := range strings.SplitSeq(pairs, ",") {
		from, to, _ := strings.Cut(pair, " ")
		netnstest.Forward(t, from, to)
	}
	fmt.Println("ready")
	<-t.Context().Done()
}

// TestNetnsLogin signs in from a network namespace, as from a container, whose callback port is
// forwarded: the browser is outside.
func TestNetnsLogin(t *testing.T) {
	w := newWorld(t)
	container := netnstest.New(t, "container")

	dir := t.TempDir()
	center := strings.TrimPrefix(w.server.URL(), "http://")
	port := strconv.Itoa(webtest.Port(t))
	callback := net.JoinHostPort("127.0.0.1", port)
	toCenter, toCallback := filepath.Join(dir, "center"), filepath.Join(dir, "callback")
	netnstest.Forward(t, toCenter, center)
	inside := container.Command(t.Context(), os.Args[0], "-test.run=^TestNetnsForwarder$")
	inside.Env = append(os.Environ(), forwardVariable+"="+center+" "+toCenter+","+toCallback+" "+callback)
	await(t, start(t, inside, inside.StdoutPipe), `ready`)
	netnstest.Forward(t, callback, toCallback)

	login := container.Command(t.Context(), w.command, "login", "--profile", "dev", "--port", port, "--no-browser")
	page := await(t, start(t, login, login.StderrPipe), `^  (http://\S+/authorize\?\S+)$`)
	if got := approve(t, page); !strings.Contains(got, "You are signed in") {
		t.Errorf("the browser shows:\n%s", got)
	}
	if err := login.Wait(); err != nil {
		t.Error(err)
	}
	// Outside of the namespace, the forwarder holds the port.
	out, err := exec.CommandContext(t.Context(), w.command, "login", "--profile", "dev", "--port", port).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "address already in use") {
		t.Errorf("outside: %v\n%s", err, out)
	}
}

// start starts a command and returns one of its outputs.
func start(t *testing.T, cmd *exec.Cmd, pipe func() (io.ReadCloser, error)) io.Reader {
	t.Helper()
	output, err := pipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return output
}

// await reads until a line matches, and returns its last group.
func await(t *testing.T, output io.Reader, pattern string) string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	var read []string
	for lines := bufio.NewScanner(output); lines.Scan(); {
		read = append(read, lines.Text())
		if m := re.FindStringSubmatch(lines.Text()); m != nil {
			return m[len(m)-1]
		}
	}
	t.Fatalf("no line matches %q:\n%s", pattern, strings.Join(read, "\n"))
	return ""
}

var requestField = regexp.MustCompile(`name="request" value="([^"]+)"`)

// approve is a browser whose user approves. It returns the last page.
func approve(t *testing.T, page string) string {
	t.Helper()
	client := &http.Client{Timeout: 2 * time.Minute}
	_, form := webtest.Get(t, client, page)
	m := requestField.FindStringSubmatch(form)
	if m == nil {
		t.Fatalf("no consent page:\n%s", form)
	}
	to, _, _ := strings.Cut(page, "?")
	_, last := webtest.Read(t)(client.PostForm(to, url.Values{"request": {m[1]}, "action": {"approve"}}))
	return last
}
