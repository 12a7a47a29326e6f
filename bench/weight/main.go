// Command weight prints what the latchkey command is made of, and what a program that imports a package of
// this module links and has in its go.sum:
//
//	go -C bench run ./weight
//
// It builds for Linux on amd64, without cgo. docs/weight.md explains the tables.
package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"text/tabwriter"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "weight:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, w io.Writer) error {
	dir, err := os.MkdirTemp("", "weight-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := printCommand(ctx, w, dir); err != nil {
		return err
	}
	fmt.Fprintln(w)
	return printImporters(ctx, w, dir)
}

// printCommand prints a row for each module in the command.
func printCommand(ctx context.Context, w io.Writer, dir string) error {
	size, err := commandSize(ctx, dir)
	if err != nil {
		return err
	}
	weights, err := commandWeights(ctx, dir)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "latchkey, stripped: %d bytes. Its machine code, in bytes:\n\n", size)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	heaviest := slices.SortedFunc(maps.Keys(weights), func(a, b string) int {
		return cmp.Or(cmp.Compare(weights[b], weights[a]), cmp.Compare(a, b))
	})
	for _, module := range heaviest {
		fmt.Fprintf(table, "%d\t%s\n", weights[module], module)
	}
	return table.Flush()
}

// printImporters prints a row for each program that imports a package of this module.
func printImporters(ctx context.Context, w io.Writer, dir string) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "a program that imports\tbytes\tpackages\tmodules\tlines in go.sum")
	for _, program := range importers {
		i, err := program.measure(ctx, dir)
		if err != nil {
			return fmt.Errorf("%s: %w", program.name, err)
		}
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\n", program.name, i.bytes, i.packages, i.modules, i.sums)
	}
	return table.Flush()
}
