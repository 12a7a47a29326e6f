package browser_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
)

// checkTree checks the accessibility tree, which screen readers read out: roles and names in
// order, one a line.
func checkTree(t *testing.T, ctx context.Context, want string) {
	t.Helper()
	got := run(t, ctx, func(ctx context.Context, tab *chromedp.Target) (string, error) {
		tree, err := cdp.Call(ctx, tab, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
		if err != nil {
			return "", err
		}
		nodes := map[accessibility.NodeID]*accessibility.Node{}
		for _, node := range tree.Nodes {
			nodes[node.NodeID] = node
		}
		return strings.Join(readOut(nodes, tree.Nodes[0]), "\n"), nil
	})
	if got != want {
		t.Errorf("accessibility tree:\n%s\nwant:\n%s", got, want)
	}
}

// readOut returns the lines of a node and those below it.
func readOut(nodes map[accessibility.NodeID]*accessibility.Node, node *accessibility.Node) []string {
	var lines []string
	role := text(node.Role)
	if role == "InlineTextBox" { // again what is in the text above it
		return nil
	}
	if !node.Ignored {
		lines = append(lines, strings.TrimSpace(role+" "+text(node.Name)))
	}
	for _, id := range node.ChildIDs {
		if child := nodes[id]; child != nil {
			lines = append(lines, readOut(nodes, child)...)
		}
	}
	return lines
}

func text(v *accessibility.Value) string {
	var s string
	if v != nil {
		_ = json.Unmarshal(v.Value, &s) // another type reads as ""
	}
	return s
}
