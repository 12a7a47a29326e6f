package main

import (
	"net"
	"path/filepath"
	"testing"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/filetest"
)

// TestDoctorOffline: with --offline, doctor does not connect to the server, and says so.
func TestDoctorOffline(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	key := filepath.Join(t.TempDir(), "redis.key")
	filetest.Write(t, key, testKey)
	address := listener.Addr().String()
	m := newMachine(t, idctest.NewServer(t), "redis://"+address+"?key_file="+key)
	out := m.run(0, "doctor", "--offline")
	for _, want := range []string{
		"the sign-in is kept in the Redis server " + address,
		"skipped  cache        not checked: offline\n", "skipped  sign-in      not checked: offline\n",
	} {
		wantText(t, out, want)
	}

	// The first connection that the listener has is the one of this test.
	ours, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	first, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	if first.RemoteAddr().String() != ours.LocalAddr().String() {
		t.Error("doctor --offline has connected to the server")
	}
}
