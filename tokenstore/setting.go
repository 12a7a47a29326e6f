package tokenstore

import (
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
)

// Setting is a parsed setting, SCHEME[:VALUE][?PARAM=VALUE&...]. It contains no secrets.
type Setting struct {
	Scheme string     // in lower case, such as "dir"
	Value  string     // what follows the colon, verbatim; may be empty
	Params url.Values // decoded; nil if there are none
}

// Parse parses a setting. An empty setting means file. The error is a *[SettingError]. Parse
// accepts unknown schemes, and rejects settings that contain a password or a key.
//
// In parameters, %26 stands for & and %25 for %. The value needs no encoding: it ends only at a ?
// that is followed by a parameter name and =.
func Parse(setting string) (Setting, error) {
	setting = strings.TrimSpace(setting)
	if setting == "" {
		return Setting{Scheme: schemeFile}, nil
	}
	rest, params := cutParams(setting)
	var s Setting
	s.Scheme, s.Value, _ = strings.Cut(rest, ":")
	if !isScheme(s.Scheme) {
		return Setting{}, notScheme(setting)
	}
	if err := s.parseParams(params); err != nil {
		return Setting{}, err
	}
	if reason := s.secret(); reason != "" {
		return Setting{}, s.NewError(reason)
	}
	return s, nil
}

func notScheme(setting string) error {
	switch {
	case strings.ContainsAny(setting, "@="): // it may contain a secret
		setting = "..."
	case strings.ContainsAny(setting, `/\`):
		return &SettingError{Setting: setting, Reason: "a directory needs the scheme dir: write dir:" + setting}
	}
	return &SettingError{Setting: setting, Reason: "write file, dir:/path or another scheme"}
}

// cutParams splits a setting before the last ? that starts parameters. A Windows path may contain
// other ones.
func cutParams(setting string) (rest, params string) {
	i := strings.LastIndexByte(setting, '?')
	if i < 0 {
		return setting, ""
	}
	name, _, ok := strings.Cut(setting[i+1:], "=")
	if !ok || !isName(name) {
		return setting, ""
	}
	return setting[:i], setting[i+1:]
}

func (s *Setting) parseParams(params string) error {
	if params == "" {
		return nil
	}
	s.Params = url.Values{}
	for param := range strings.SplitSeq(params, "&") {
		name, encoded, ok := strings.Cut(param, "=")
		if !ok || !isName(name) {
			return s.NewError("a parameter is not name=value")
		}
		value, err := url.PathUnescape(encoded) // a + is a plus sign
		if err != nil {
			return s.NewError("the parameter " + name + " is not encoded correctly: write %25 for %")
		}
		s.Params.Add(name, value)
	}
	return nil
}

// secretParams are parameters that would hold a secret.
var secretParams = []string{"password", "pass", "passwd", "passphrase", "secret", "key", "token"}

// secret returns what is wrong if the setting may contain a secret, or "": other programs read the
// config file and the environment.
func (s Setting) secret() string {
	if url, ok := strings.CutPrefix(s.Value, "//"); ok || strings.HasPrefix(s.Scheme, "redis") {
		if strings.Contains(url, "?") {
			return "a parameter is not name=value with a name in lower case"
		}
		if at := strings.LastIndexByte(url, '@'); at >= 0 && strings.Contains(url[:at], ":") {
			return "a password must not be in the setting: write it to a file, and set password_file"
		}
	}
	for _, name := range secretParams {
		if s.Params.Has(name) {
			return "the parameter " + name + " would hold a secret: write it to a file, and set " + name + "_file"
		}
	}
	if slices.ContainsFunc(s.secretFiles(), isRelative) {
		return "a path is relative: start it with / or ~/"
	}
	return ""
}

// secretFiles returns the paths of files with secrets. Users may write the secret in place of the path.
func (s Setting) secretFiles() []string {
	var paths []string
	if s.Value != "" && packageOf(s.Scheme) == packageOf("age") {
		paths = append(paths, s.Value)
	}
	for name, values := range s.Params {
		if strings.HasSuffix(name, "_file") {
			paths = append(paths, values...)
		}
	}
	return paths
}

// isRelative reports whether a path begins neither at a root nor in a home directory, on any system.
func isRelative(path string) bool {
	return path != "" && !filepath.IsAbs(path) && strings.Trim(path[:1], `/\~`) != ""
}

// String returns the setting as Parse accepts it, with parameters sorted by name.
func (s Setting) String() string {
	var b strings.Builder
	b.WriteString(s.Scheme)
	if s.Value != "" {
		b.WriteString(":" + s.Value)
	}
	escaper := strings.NewReplacer("%", "%25", "&", "%26", "?", "%3F")
	separator := "?"
	for _, name := range slices.Sorted(maps.Keys(s.Params)) {
		for _, value := range s.Params[name] {
			b.WriteString(separator + name + "=" + escaper.Replace(value))
			separator = "&"
		}
	}
	return b.String()
}

func isScheme(s string) bool {
	// One letter is the drive of a Windows path.
	return len(s) > 1 && 'a' <= s[0] && s[0] <= 'z' && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789+.-") == ""
}

func isName(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_-") == ""
}
