package profile

import (
	"path/filepath"
	"testing"

	"github.com/latchkey-sso/latchkey/internal/configfile"
	"github.com/latchkey-sso/latchkey/internal/userhome"
)

func TestHomeUnknown(t *testing.T) {
	r := resolver{config: configfile.Searcher{Source: configfile.Source{Path: filepath.Join(".aws", "config")}, Err: userhome.ErrUnknown}}
	for name, want := range map[string]string{
		"dev":     `profile "dev": there is no [profile dev]: no home directory`,
		"default": `profile "default": there is no [default]: no home directory`,
	} {
		if _, bad := r.load(name); bad == nil || bad.Error() != want || bad.Fix != "set HOME" {
			t.Errorf("got %#v, want %s", bad, want)
		}
	}
}
