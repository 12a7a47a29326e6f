// Package shellenv formats environment changes as commands for many shells. It quotes values, so that
// they cannot run as code.
package shellenv

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Variable is an environment variable.
type Variable struct{ Name, Value string }

// Change is a change to an environment.
type Change struct {
	Set   []Variable
	Unset []string
}

// Shell is a shell, or a file format for environment variables.
type Shell string

// Shells and formats. Sh means any POSIX shell, such as bash or zsh. DotEnv is the format of docker
// --env-file.
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

// Names returns the names of all shells and formats.
func Names() []string {
	var names []string
	for _, s := range shells {
		names = append(names, string(s))
	}
	return names
}

var shells = [...]Shell{Sh, Fish, Tcsh, Elvish, PowerShell, Cmd, Nushell, DotEnv, JSON}

// Parse returns the shell with a name, or with a program name such as zsh or pwsh.
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

// Format returns the commands that apply a change. It fails if the shell cannot represent a value.
func (s Shell) Format(c Change) (string, error) {
	for _, v := range c.Set {
		if i := strings.IndexAny(v.Value, s.unwritable()); i >= 0 {
			return "", fmt.Errorf("%s cannot represent %q in the value of %s", s, v.Value[i], v.Name)
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

// unwritable returns the characters that a value cannot contain. cmd expands %NAME% even in quotes.
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

// set returns the command that sets a variable. It ends with a semicolon, since an unquoted eval joins
// lines.
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
		return v.Name + "=" + v.Value + "\n" // docker treats quotes as part of the value
	}
	return "export " + v.Name + "=" + s.quote(v.Value) + ";\n"
}

// unset returns the command that unsets a variable; empty if the format has none.
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

// formatJSON returns a JSON object. For a null, Nushell's load-env unsets the variable.
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

// Comment returns a comment line; empty if the format has none.
func (s Shell) Comment(text string) string {
	switch s {
	case Cmd:
		return "rem " + text + "\n"
	case JSON, Nushell:
		return ""
	}
	return "# " + text + "\n"
}

// Load returns the command line that applies the output of a command; empty for file formats.
func (s Shell) Load(command string) string {
	switch s {
	case Sh:
		return `eval "$(` + command + `)"`
	case Fish:
		return command + " | source"
	case Tcsh:
		return "eval \"`" + command + "`\"" // without double quotes, tcsh expands braces and globs in the output
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
