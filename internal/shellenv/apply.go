package shellenv

import (
	"runtime"
	"slices"
	"strings"
)

// Apply returns an environment, in the form of os.Environ, with the change made. All duplicates of a variable go:
// which of them counts differs from program to program.
func (c Change) Apply(environ []string) []string {
	changed := slices.DeleteFunc(slices.Clone(environ), func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		return c.names(name)
	})
	for _, v := range c.Set {
		changed = append(changed, v.Name+"="+v.Value)
	}
	return changed
}

// names reports whether the change is about a variable. Windows does not tell letter cases apart.
func (c Change) names(name string) bool {
	same := func(other string) bool {
		return other == name || runtime.GOOS == "windows" && strings.EqualFold(other, name)
	}
	return slices.ContainsFunc(c.Unset, same) || slices.ContainsFunc(c.Set, func(v Variable) bool { return same(v.Name) })
}
