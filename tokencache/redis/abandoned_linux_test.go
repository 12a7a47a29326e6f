package redis_test

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/latchkey-sso/latchkey/internal/redistest"
)

const abandonVariable = "LATCHKEY_TEST_ABANDON"

// TestServerDiesWithTest: a server does not outlive the test process, even if no cleanup runs.
func TestServerDiesWithTest(t *testing.T) {
	if os.Getenv(abandonVariable) != "" {
		fmt.Println("address", redistest.Start(t).Addr())
		select {} // until it is killed
	}
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestServerDiesWithTest$")
	cmd.Env = append(os.Environ(), abandonVariable+"=1", "TMPDIR="+t.TempDir())
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	address := ""
	for lines := bufio.NewScanner(stdout); address == "" && lines.Scan(); {
		address, _ = strings.CutPrefix(lines.Text(), "address ")
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if address == "" {
		t.Fatal("the server did not start")
	}
	await(t, "the server is gone", func() bool {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			_ = conn.Close()
		}
		return err != nil
	})
}
