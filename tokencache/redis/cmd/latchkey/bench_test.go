package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/internal/redistest"
)

// BenchmarkCredentialProcess measures processes that print cached credentials.
func BenchmarkCredentialProcess(b *testing.B) {
	server := redistest.Start(b)
	key := filepath.Join(b.TempDir(), "redis.key")
	filetest.Write(b, key, testKey)
	for name, store := range map[string]string{"file": "file", "redis": "redis://" + server.Addr() + "?key_file=" + key} {
		b.Run(name, func(b *testing.B) {
			idc := idctest.NewServer(b, func(o *idctest.Options) { o.AutoApprove = true })
			m := newMachine(b, idc, store)
			m.run(0, "login", "--device-code")
			m.run(0, "credential-process")
			for b.Loop() {
				cmd := exec.CommandContext(b.Context(), os.Args[0], "credential-process")
				cmd.Env = m.environ()
				if err := cmd.Run(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
