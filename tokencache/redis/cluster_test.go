package redis_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/latchkey-sso/latchkey/internal/redistest"
	"github.com/latchkey-sso/latchkey/tokencache/redis"
)

func TestCluster(t *testing.T) {
	t.Parallel()
	nodes := redistest.StartCluster(t, 3)
	clustered := func(o *redis.Options) { o.Cluster = true }
	user := asUser(t, nodes...)
	testCaches(t, nodes[0], clustered, user)

	// Each session is on one node, and sessions are on all.
	client := newClient(t, nodes[0], clustered, user)
	token := signIn(t, time.Hour)
	for i := range 30 {
		if err := client.Tokens().Store(t.Context(), fmt.Sprint("session ", i), token); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := client.Tokens().Entries(t.Context())
	if err != nil || len(entries) != 30 {
		t.Errorf("Entries: %d tokens, %v; want 30", len(entries), err)
	}
	for _, node := range nodes {
		if node.Do("DBSIZE") == ":0" {
			t.Errorf("the node %s has no entries", node.Addr())
		}
	}
}
