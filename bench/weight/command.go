// Package weight measures what the latchkey command is made of, and what a program that imports a package of this module
// links and has in its go.sum. It builds for Linux on amd64, without cgo. docs/weight.md explains the tables.
package weight

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/latchkey-sso/latchkey/bench/gotool"
)

const module = "github.com/latchkey-sso/latchkey"

var target = []string{"CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64", "GOFLAGS=-mod=mod"}

// goTool runs the go command in dir and returns its output.
func goTool(ctx context.Context, dir string, args ...string) ([]byte, error) {
	return gotool.Run(ctx, dir, target, args...)
}

// build builds a package of the module in dir and returns the size of the binary.
func build(ctx context.Context, dir, pkg, binary, ldflags string) (int64, error) {
	if _, err := goTool(ctx, dir, "build", "-trimpath", "-buildvcs=false", "-ldflags="+ldflags, "-o", binary, pkg); err != nil {
		return 0, err
	}
	info, err := os.Stat(binary)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// CommandSize returns the size of the command as a release has it, in bytes. It builds into dir.
func CommandSize(ctx context.Context, dir string) (int64, error) {
	from, err := gotool.Root()
	if err != nil {
		return 0, err
	}
	return build(ctx, from, "./cmd/latchkey", filepath.Join(dir, "latchkey"), "-s -w")
}

// Modules returns the bytes of machine code of each module in the command. The rest of the binary is types, data, and
// tables that grow with the code. It builds into dir.
func Modules(ctx context.Context, dir string) (map[string]int64, error) {
	from, err := gotool.Root()
	if err != nil {
		return nil, err
	}
	binary := filepath.Join(dir, "latchkey-symbols")
	if _, err := build(ctx, from, "./cmd/latchkey", binary, ""); err != nil {
		return nil, err
	}
	modules, err := goTool(ctx, from, "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", "./cmd/latchkey")
	if err != nil {
		return nil, err
	}
	symbols, err := goTool(ctx, from, "tool", "nm", "-size", binary)
	if err != nil {
		return nil, err
	}
	weights := map[string]int64{}
	for lines := bufio.NewScanner(bytes.NewReader(symbols)); lines.Scan(); {
		if name, size, ok := parseSymbol(lines.Text()); ok {
			weights[moduleOf(name, strings.Fields(string(modules)))] += size
		}
	}
	return weights, nil
}

// parseSymbol reads a line of "go tool nm -size" (address, size, type, name) about code.
func parseSymbol(line string) (name string, size int64, ok bool) {
	fields := strings.Fields(line)
	if len(fields) < 4 || fields[2] != "T" && fields[2] != "t" {
		return "", 0, false
	}
	size, err := strconv.ParseInt(fields[1], 10, 64)
	return strings.Join(fields[3:], " "), size, err == nil
}

// moduleOf returns the module whose package the symbol belongs to.
func moduleOf(symbol string, modules []string) string {
	if strings.HasPrefix(symbol, "main.") {
		return module
	}
	found := ""
	for _, m := range modules {
		// The linker escapes dots in the last element of a package's path.
		path := m[:strings.LastIndexByte(m, '/')+1] + strings.ReplaceAll(path.Base(m), ".", "%2e")
		if len(m) > len(found) && (strings.HasPrefix(symbol, m+"/") || strings.HasPrefix(symbol, path+".")) {
			found = m
		}
	}
	return cmp.Or(found, "the standard library")
}
