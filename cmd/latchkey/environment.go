package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strings"
)

// environment is what a program needs in its environment to use a profile.
type environment struct {
	profile string
	set     []variable
	unset   []string
}

type variable struct{ name, value string }

// formats are how an environment can be printed.
var formats = []string{"sh", "fish", "powershell", "cmd", "dotenv", "json"}

// defaultFormat is that of the shell most people have.
func defaultFormat() string {
	if runtime.GOOS == "windows" {
		return "powershell"
	}
	return "sh"
}

// formatEnvironments prints environments, one after the other.
func formatEnvironments(format string, all []environment) (string, error) {
	if !slices.Contains(formats, format) {
		return "", &usageError{text: fmt.Sprintf("no format %q", format), hint: "choose one of " + strings.Join(formats, ", ")}
	}
	if format == "json" {
		return environmentsJSON(all)
	}
	var b strings.Builder
	for _, env := range all {
		if len(all) > 1 {
			b.WriteString(comment(format, "profile "+env.profile))
		}
		for _, name := range env.unset {
			b.WriteString(unset(format, name))
		}
		for _, v := range env.set {
			b.WriteString(set(format, v))
		}
	}
	return b.String(), nil
}

func comment(format, text string) string {
	if format == "cmd" {
		return "rem " + oneLine(text) + "\n"
	}
	return "# " + oneLine(text) + "\n"
}

// set is the line that sets a variable. The semicolons keep what eval joins apart.
func set(format string, v variable) string {
	switch format {
	case "fish":
		return "set -gx " + v.name + " '" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(v.value) + "';\n"
	case "powershell":
		return "$Env:" + v.name + " = '" + strings.ReplaceAll(v.value, "'", "''") + "'\n"
	case "cmd":
		return `set "` + v.name + "=" + v.value + "\"\n"
	case "dotenv":
		return v.name + "=" + v.value + "\n" // docker takes quotes for a part of the value
	}
	return "export " + v.name + "='" + strings.ReplaceAll(v.value, "'", `'\''`) + "';\n"
}

// unset is the line that removes a variable, empty where a format has none.
func unset(format, name string) string {
	switch format {
	case "fish":
		return "set -e " + name + ";\n"
	case "powershell":
		return "Remove-Item Env:" + name + " -ErrorAction Ignore\n"
	case "cmd":
		return `set "` + name + "=\"\n"
	case "dotenv":
		return ""
	}
	return "unset " + name + ";\n"
}

func environmentsJSON(all []environment) (string, error) {
	type object struct {
		Profile     string            `json:"profile"`
		Environment map[string]string `json:"environment"`
		Unset       []string          `json:"unset"`
	}
	objects := make([]object, 0, len(all))
	for _, env := range all {
		o := object{env.profile, map[string]string{}, env.unset}
		for _, v := range env.set {
			o.Environment[v.name] = v.value
		}
		objects = append(objects, o)
	}
	text, err := json.MarshalIndent(objects, "", "  ")
	return string(text) + "\n", err
}
