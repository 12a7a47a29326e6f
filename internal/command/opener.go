package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"

	"github.com/cli/browser"
)

// opener opens web pages. No address passes through a shell.
type opener struct {
	machine

	output   io.Writer // of the programs it starts
	lookPath func(name string) (string, error)
	fallback func(address string) error // the system's browser
}

func newOpener(m machine, output io.Writer) opener {
	return opener{machine: m, output: output, lookPath: exec.LookPath, fallback: func(address string) error {
		browser.Stdout, browser.Stderr = output, output // stdout is for results
		return browser.OpenURL(address)
	}}
}

// open tries the programs in $BROWSER, then the Windows ones in WSL, then the system's opener. It
// returns when the first one that works exits, which may be when the browser closes.
func (o opener) open(ctx context.Context, address string) error {
	for _, argv := range append(o.fromEnvironment(address), o.fromWSL(address)...) {
		path, err := o.lookPath(argv[0])
		if err != nil {
			continue
		}
		cmd := exec.CommandContext(ctx, path, argv[1:]...) //nolint:gosec // the user's own $BROWSER
		cmd.Stdout, cmd.Stderr = o.output, o.output
		detach(cmd)
		if opened(cmd.Run()) {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	if err := o.fallback(address); err != nil {
		return fmt.Errorf("open browser: %w", err)
	}
	return nil
}

// opened reports whether a program that exited with err opened the page. A killed program did.
func opened(err error) bool {
	exit, exited := errors.AsType[*exec.ExitError](err)
	return err == nil || exited && exit.ExitCode() < 0
}

// fromEnvironment reads $BROWSER: a list of command lines, in which %s stands for the address.
// Without %s the address becomes the last argument.
func (o opener) fromEnvironment(address string) [][]string {
	separator := ":"
	if o.os == "windows" {
		separator = ";"
	}
	var commands [][]string
	for item := range strings.SplitSeq(o.getenv("BROWSER"), separator) {
		if argv := o.command(strings.TrimSpace(item), address); len(argv) > 0 {
			commands = append(commands, argv)
		}
	}
	return commands
}

// command returns the argument list for one item of $BROWSER.
func (o opener) command(item, address string) []string {
	if _, err := o.lookPath(item); err == nil { // a path may contain spaces
		return []string{item, address}
	}
	argv := words(item)
	if len(argv) == 0 {
		return nil
	}
	placed := false
	replacer := strings.NewReplacer("%s", address, "%%", "%")
	for i, arg := range argv[1:] {
		placed = placed || strings.Contains(strings.ReplaceAll(arg, "%%", ""), "%s")
		argv[i+1] = replacer.Replace(arg)
	}
	if !placed {
		argv = append(argv, address)
	}
	return argv
}

// words splits a command line at spaces outside quotes.
func words(line string) []string {
	var (
		all   []string
		word  strings.Builder
		quote rune
		open  bool // word has begun
	)
	for _, r := range line {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '\'' || r == '"'):
			quote, open = r, true
		case quote == 0 && (r == ' ' || r == '\t'):
			if open {
				all = append(all, word.String())
			}
			word.Reset()
			open = false
		default:
			word.WriteRune(r)
			open = true
		}
	}
	if open {
		all = append(all, word.String())
	}
	return all
}

// fromWSL returns the commands that open a Windows browser. They do not include cmd.exe and
// PowerShell, which would parse the address as a command line.
func (o opener) fromWSL(address string) [][]string {
	if !o.isWSL() {
		return nil
	}
	return [][]string{
		{"wslview", address},
		{"rundll32.exe", "url.dll,FileProtocolHandler", address},
		{"/mnt/c/Windows/System32/rundll32.exe", "url.dll,FileProtocolHandler", address},
		{"explorer.exe", address},
	}
}
