// Package shellenv prints changes to an environment for the shell that is to make them, quoted so that no value can
// run as code.
package shellenv

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Variable is an environment variable with its value.
type Variable struct{ Name, Value string }

// Change is what to change in an environment.
type Change struct {
	Set   []Variable
	Unset []string
}

// Shell is who reads the change: a shell, or what reads a format of its own.
type Shell string

// The shells and formats. Sh is bash, zsh, dash and every other POSIX shell; DotEnv is for docker --env-file
// and the like.
const (
	Sh         Shell = "posix"
	Fish       Shell = "fish"
	Tcsh       Shell = "tcsh"
	Elvish     Shell = "elvish"
	PowerShell Shell = "powershell"
	Cmd        Shell = "cmd"
	Nushell    Shell = "nushell"
	DotEnv     Shell = "dotenv"
	JSON       Shell = "json"
)

// Names are the names of all shells and formats.
func Names() []string {
	var names []string
	for _, s := range shells {
		names = append(names, string(s))
	}
	return names
}

var shells = [...]Shell{Sh, Fish, Tcsh, Elvish, PowerShell, Cmd, Nushell, DotEnv, JSON}

// Parse returns the shell of that name, which may also be that of a program, such as zsh or pwsh.
func Parse(name string) (s Shell, ok bool) {
	switch name {
	case "sh", "bash", "zsh", "dash", "ash", "ksh", "mksh", "busybox":
		return Sh, true
	case "csh":
		return Tcsh, true
	case "pwsh":
		return PowerShell, true
	case "nu":
		return Nushell, true
	}
	return Shell(name), slices.Contains(shells[:], Shell(name))
}

// Format returns the text that makes a change. It fails if the shell has no way to write a value down.
func (s Shell) Format(c Change) (string, error) {
	for _, v := range c.Set {
		if i := strings.IndexAny(v.Value, s.unwritable()); i >= 0 {
			return "", fmt.Errorf("%s has no way to write %q in a value: %s", s, v.Value[i], v.Name)
		}
	}
	switch s {
	case JSON, Nushell:
		return s.formatJSON(c)
	}
	var b strings.Builder
	for _, name := range c.Unset {
		b.WriteString(s.unset(name))
	}
	for _, v := range c.Set {
		b.WriteString(s.set(v))
	}
	return b.String(), nil
}

// unwritable are the characters that s cannot have in a value. A line break would end the line; cmd replaces
// %NAME% in quotes too.
func (s Shell) unwritable() string {
	switch s {
	case JSON, Nushell:
		return "\x00"
	case Cmd:
		return "\x00\r\n\"%"
	case Tcsh, DotEnv:
		return "\x00\r\n"
	}
	return "\x00"
}

// set returns the line that sets a variable. The semicolons keep lines apart that eval joins.
func (s Shell) set(v Variable) string {
	switch s {
	case Fish:
		return "set -gx " + v.Name + " " + s.quote(v.Value) + ";\n"
	case Tcsh:
		return "setenv " + v.Name + " " + s.quote(v.Value) + ";\n"
	case Elvish:
		return "set-env " + v.Name + " " + s.quote(v.Value) + "\n"
	case PowerShell:
		return "$Env:" + v.Name + " = " + s.quote(v.Value) + "\n"
	case Cmd:
		return `set "` + v.Name + "=" + v.Value + "\"\n"
	case DotEnv:
		return v.Name + "=" + v.Value + "\n" // docker takes quotes as part of the value
	}
	return "export " + v.Name + "=" + s.quote(v.Value) + ";\n"
}

// unset returns the line that removes a variable; empty if the format has none.
func (s Shell) unset(name string) string {
	switch s {
	case Fish:
		return "set -e " + name + ";\n"
	case Tcsh:
		return "unsetenv " + name + ";\n"
	case Elvish:
		return "unset-env " + name + "\n"
	case PowerShell:
		return "Remove-Item Env:" + name + " -ErrorAction Ignore\n"
	case Cmd:
		return `set "` + name + "=\"\n"
	case DotEnv:
		return ""
	}
	return "unset " + name + ";\n"
}

// formatJSON returns an object. Nushell's load-env does not pass on a variable that is null.
func (s Shell) formatJSON(c Change) (string, error) {
	object := map[string]*string{}
	if s == Nushell {
		for _, name := range c.Unset {
			object[name] = nil
		}
	}
	for _, v := range c.Set {
		object[v.Name] = &v.Value
	}
	text, err := json.MarshalIndent(object, "", "  ")
	return string(text) + "\n", err
}

// Comment returns a line that the shell skips; empty if it has none.
func (s Shell) Comment(text string) string {
	switch s {
	case Cmd:
		return "rem " + text + "\n"
	case JSON, Nushell:
		return ""
	}
	return "# " + text + "\n"
}

// Load returns how to make the change that a command prints; empty if it is not for a shell.
func (s Shell) Load(command string) string {
	switch s {
	case Sh:
		return `eval "$(` + command + `)"`
	case Fish:
		return command + " | source"
	case Tcsh:
		return "eval \"`" + command + "`\"" // without the double quotes, tcsh expands braces and patterns in the output
	case Elvish:
		return "eval (" + command + " | slurp)"
	case PowerShell:
		return command + " | Out-String | Invoke-Expression"
	case Cmd:
		return `for /f "delims=" %i in ('` + command + `') do @%i`
	case Nushell:
		return command + " | from json | load-env"
	}
	return ""
}
