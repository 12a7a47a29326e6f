package latchkey_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/latchkey-sso/latchkey/internal/filetest"
)

const module = "github.com/latchkey-sso/latchkey"

// These tests enforce the import rules in docs/architecture.md. A program that uses one package must not link the
// others.

// mayImport lists the packages of this module that each package may import directly.
var mayImport = map[string][]string{
	"":                              {"internal/ssoclient", "login", "profile", "provider", "tokenstore"},
	"profile":                       {"internal/atomicfile", "internal/configfile", "internal/filelock", "internal/userhome", "tokenstore"}, // which checks its setting
	"internal/accounts":             {"internal/atomicfile", "sso"},
	"internal/atomicfile":           {},
	"internal/atomicfile/faulttest": {},
	"internal/awsrest":              {"internal/buildinfo", "internal/redact"},
	"internal/awsrest/resttest":     {"internal/filetest"},
	"internal/buildinfo":            {},
	"internal/child":                {},
	"internal/callback":             {},
	"internal/configfile":           {"internal/atomicfile"},
	"internal/cachefile":            {"internal/atomicfile", "internal/redact"},
	"internal/assumerole":           {"internal/atomicfile", "internal/cachefile", "internal/filelock", "internal/redact", "internal/ssoclient", "internal/sts", "profile", "rolecache"},
	"internal/sts":                  {"internal/awsrest", "internal/redact"},
	"internal/ssoclient":            {"internal/atomicfile", "internal/awsrest", "internal/redact", "internal/sts", "profile", "sso", "ssooidc"},
	"internal/configure":            {"internal/accounts"},
	"internal/doctest":              {},
	"internal/doctor":               {"internal/atomicfile", "internal/awserr", "internal/cachefile", "internal/redact", "internal/shellenv", "internal/ssoclient", "internal/starturl", "internal/tokencopy", "profile", "rolecache", "sso", "ssooidc", "tokencache", "tokenstore"},
	"internal/filetest":             {},
	"internal/interrupt":            {},
	"internal/webtest":              {},
	"internal/contract":             {},
	"internal/filelock":             {"internal/atomicfile"},
	"internal/netnstest":            {},
	"internal/picker":               {"internal/atomicfile", "internal/interrupt", "internal/textwidth"},
	"internal/redact":               {},
	"internal/redistest":            {"internal/webtest"},
	"internal/shellenv":             {},
	"internal/console":              {"internal/awsrest"},
	"internal/starturl":             {},
	"internal/terminaltest":         {},
	"internal/textwidth":            {},
	"internal/userhome":             {},
	"tokencache":                    {"internal/atomicfile", "internal/cachefile", "internal/filelock", "internal/redact", "internal/userhome"},
	"tokencache/cachetest":          {"idctest", "internal/contract", "profile", "ssotoken", "tokencache"},
	"rolecache/cachetest":           {"internal/contract", "rolecache"},
	"rolecache":                     {"internal/atomicfile", "internal/cachefile", "internal/filelock", "internal/redact", "internal/userhome", "tokencache"}, // its Cipher
	"internal/storemove":            {"internal/cachefile", "internal/tokencopy", "profile", "tokencache", "tokenstore"},
	"internal/tokencopy":            {"internal/cachefile", "profile", "tokencache"},
	"tokenstore":                    {"internal/userhome", "rolecache", "tokencache"},
	"internal/ciphertest":           {"tokencache", "tokenstore"},
	"tokenstore/age":                {"internal/agecipher", "internal/atomicfile", "internal/filelock", "internal/flight", "internal/redact", "tokencache", "tokenstore"},
	"tokenstore/keyring":            {"internal/agecipher", "internal/atomicfile", "internal/filelock", "internal/flight", "internal/redact", "internal/userhome", "tokenstore"},
	"internal/agecipher":            {"internal/cachefile", "internal/redact"},
	"sso":                           {"internal/awsrest"},
	"ssooidc":                       {"internal/awsrest"},
	"internal/awserr":               {"sso", "ssooidc"},
	"internal/flight":               {},
	"internal/ssotest":              {"idctest", "profile", "rolecache", "ssotoken", "tokencache"},
	"ssotoken":                      {"internal/awserr", "internal/flight", "internal/ssoclient", "internal/tokencopy", "profile", "ssooidc", "tokencache", "tokenstore"},
	"provider":                      {"internal/awserr", "internal/awsrest", "internal/flight", "internal/ssoclient", "profile", "rolecache", "sso", "ssotoken", "tokencache", "tokenstore"},
	"login":                         {"internal/awserr", "internal/callback", "internal/ssoclient", "internal/starturl", "internal/tokencopy", "profile", "provider", "rolecache", "sso", "ssooidc", "ssotoken", "tokencache", "tokenstore"},
	"credserver":                    {"internal/redact", "provider"},
	"idctest":                       {},
	"interop":                       {},
	"cmd/latchkey":                  {"internal/command"},
	"internal/command": {
		"credserver",
		"idctest",
		"internal/accounts",
		"internal/assumerole",
		"internal/atomicfile",
		"internal/awserr",
		"internal/awsrest", // its placeholder for a missing error message
		"internal/buildinfo",
		"internal/cachefile",
		"internal/child",
		"internal/configure",
		"internal/console",
		"internal/doctor",
		"internal/interrupt",
		"internal/picker",
		"internal/redact",
		"internal/shellenv",
		"internal/ssoclient",
		"internal/starturl",
		"internal/storemove",
		"internal/textwidth",
		"internal/tokencopy",
		"internal/userhome",
		"login",
		"profile",
		"provider",
		"rolecache",
		"sso",
		"ssotoken",
		"tokencache",
		"tokenstore",
		"tokenstore/age",
		"tokenstore/keyring",
	},
}

// mustNotLink lists what packages must not link, even indirectly.
var mustNotLink = []struct {
	packages []string
	link     string
	why      string
}{
	{
		[]string{"profile", "tokencache", "rolecache", "tokenstore", "tokenstore/age", "tokenstore/keyring"},
		"net/http",
		"reading and writing files needs no network, and net/http is most of a small program",
	},
	{
		[]string{"profile", "provider", "ssotoken", "credserver", "login", "sso", "ssooidc", "idctest", "cmd/latchkey"},
		"github.com/aws/aws-sdk-go-v2/config",
		"it costs 3 MB and a millisecond of start-up when linked; only the plug-in for it may",
	},
	{
		[]string{"profile", "provider", "ssotoken", "credserver", "login", "sso", "ssooidc", "idctest", "cmd/latchkey"},
		"github.com/aws/aws-sdk-go-v2/service",
		"the SDK's service clients cost 1.5 MB and half a millisecond of start-up; ours stand in for them",
	},
	{
		[]string{"", "provider", "ssotoken", "credserver", "login", "tokenstore"},
		"filippo.io/age",
		"only a program whose sign-ins are encrypted needs it: it imports tokenstore/age or tokenstore/keyring",
	},
	{
		[]string{"", "provider", "ssotoken", "credserver", "login", "tokenstore", "tokenstore/age"},
		"github.com/zalando/go-keyring",
		"only a program whose key is in a keyring needs it: it imports tokenstore/keyring",
	},
	{
		[]string{"", "provider", "ssotoken", "credserver", "login", "cmd/latchkey"},
		"text/template",
		"it keeps the linker from dropping unused methods",
	},
	{
		[]string{"idctest", "cmd/latchkey", "credserver", "provider", "ssotoken", "login"},
		"testing",
		"a program that is not a test must not link the test machinery",
	},
}

// linksTemplates are packages that link text/template through cobra.
var linksTemplates = []string{"cmd/latchkey"}

type goPackage struct {
	ImportPath string
	Doc        string
	Imports    []string
	Deps       []string
	GoFiles    []string
}

// goList runs the go command once for all tests.
var goList = sync.OnceValues(func() ([]byte, error) {
	return exec.CommandContext(context.Background(), "go", "list", "-json=ImportPath,Doc,Imports,Deps,GoFiles", "./...").Output()
})

func listPackages(t *testing.T) map[string]goPackage {
	t.Helper()
	filetest.SkipUnderWine(t, "go command")
	out, err := goList()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	packages := map[string]goPackage{}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			return packages
		}
		if err != nil {
			t.Fatal(err)
		}
		packages[shortPath(p.ImportPath)] = p
	}
}

func shortPath(importPath string) string {
	return strings.TrimPrefix(strings.TrimPrefix(importPath, module), "/")
}

func TestImportsPointOneWay(t *testing.T) {
	for name, p := range listPackages(t) {
		allowed, known := mayImport[name]
		if !known {
			t.Errorf("package %q is not in mayImport: add it, with the packages it may import", name)
		}
		for _, path := range p.Imports {
			if strings.HasPrefix(path, module) && !slices.Contains(allowed, shortPath(path)) {
				t.Errorf("%s imports %s; it may import %v", p.ImportPath, path, allowed)
			}
		}
	}
}

func TestPackagesExist(t *testing.T) {
	packages := listPackages(t)
	for name := range mayImport {
		if _, ok := packages[name]; !ok {
			t.Errorf("mayImport has %q, which does not exist", name)
		}
	}
}

func TestNothingHeavyIsLinked(t *testing.T) {
	packages := listPackages(t)
	for _, rule := range mustNotLink {
		for _, name := range rule.packages {
			if rule.link == "text/template" && slices.Contains(linksTemplates, name) {
				continue
			}
			for _, dep := range packages[name].Deps {
				if dep == rule.link || strings.HasPrefix(dep, rule.link+"/") {
					t.Errorf("%s links %s: %s", name, dep, rule.why)
				}
			}
		}
	}
}

func TestEveryPackageIsDocumented(t *testing.T) {
	for name, p := range listPackages(t) {
		if len(p.GoFiles) > 0 && p.Doc == "" {
			t.Errorf("package %q has no package comment", name)
		}
	}
}

func TestModuleReplacesNothing(t *testing.T) {
	data := filetest.Read(t, "go.mod")
	if strings.Contains(data, "replace") {
		t.Error("go.mod has a replace directive, which programs that import the module ignore")
	}
}
