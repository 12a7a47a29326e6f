package redis

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/redis/rueidis"

	"github.com/latchkey-sso/latchkey/tokencache"
)

// Entries implements [tokencache.Lister]. It knows all keys. It skips entries that it cannot read.
func (t TokenCache) Entries(ctx context.Context, _ ...string) ([]tokencache.Entry, error) {
	names, err := t.client.scan(ctx, kindToken)
	if err != nil {
		return nil, fmt.Errorf("redis: list tokens: %w", err)
	}
	var entries []tokencache.Entry
	for _, name := range names {
		r, err := t.client.read(ctx, name)
		var damaged *damagedError
		switch {
		case errors.Is(err, errMissing), errors.As(err, &damaged):
			continue
		case err != nil:
			return nil, fmt.Errorf("redis: list tokens: %w", err)
		}
		if token, err := t.parse(r); err == nil {
			entries = append(entries, tokencache.Entry{Key: r.key, Token: token})
		}
	}
	return entries, nil
}

// scanCount is how many names the server looks at for one response.
const scanCount = 1000

// scan returns the names of all entries of a kind, sorted. On a server that other programs use too,
// it takes time in proportion to all keys.
func (c *Client) scan(ctx context.Context, kind string) ([]string, error) {
	conn, err := c.connect(ctx)
	if err != nil {
		return nil, err
	}
	found := map[string]bool{}
	for address := range conn.Nodes() {
		if err := c.scanNode(ctx, address, kind, found); err != nil {
			return nil, err
		}
	}
	return slices.Sorted(maps.Keys(found)), nil
}

func (c *Client) scanNode(ctx context.Context, address, kind string, found map[string]bool) error {
	for cursor := uint64(0); ; {
		err := c.do(ctx, func(ctx context.Context, conn rueidis.Client) error {
			node := conn.Nodes()[address]
			if node == nil {
				return errNodeGone
			}
			entry, err := node.Do(ctx, node.B().Scan().Cursor(cursor).Match(c.keys().pattern(kind)).Count(scanCount).Build()).AsScanEntry()
			for _, name := range entry.Elements {
				found[name] = true
			}
			cursor = entry.Cursor
			return err
		})
		if err != nil || cursor == 0 {
			return err
		}
	}
}

var errNodeGone = errors.New("a node left the cluster")
