package weight

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/latchkey-sso/latchkey/bench/gotool"
)

// Importer is a program that imports packages.
type Importer struct {
	Name    string
	imports string // lines
	calls   string // which the linker must keep
}

// Importers are the programs that docs/weight.md compares.
var Importers = []Importer{
	{"net/http and encoding/json", ``, ``},
	{"package sso", `"` + module + `/sso"`, `
	_, _ = sso.NewFromConfig(aws.Config{}).GetRoleCredentials(ctx, &sso.GetRoleCredentialsInput{})`},
	{"package provider", `"` + module + `/provider"`, `
	p, _ := provider.Load("dev")
	_, _ = p.Retrieve(ctx)`},
	{"package latchkey", `"` + module + "\"\n" + configPackage, `
	cfg, _ := config.LoadDefaultConfig(ctx, latchkey.WithProfile("dev"))
	_, _ = cfg.Credentials.Retrieve(ctx)`},
	{"the SDK's config alone", configPackage, `
	cfg, _ := config.LoadDefaultConfig(ctx)
	_, _ = cfg.Credentials.Retrieve(ctx)`},
}

const configPackage = `"github.com/aws/aws-sdk-go-v2/config"`

// bare is a program that makes an HTTP request with the SDK's client and reads JSON: what every program
// that calls AWS links, before it links a client.
const bare = `package main

import (
	"context"
	"encoding/json"
	"net/http"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	//imports
)

func main() {
	ctx := context.Background()
	cfg := aws.Config{Region: "us-east-1", HTTPClient: awshttp.NewBuildableClient()}
	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, os.Args[1], nil)
	resp, err := cfg.HTTPClient.Do(req)
	if err != nil {
		os.Exit(1)
	}
	var members map[string]json.RawMessage
	_ = json.NewDecoder(resp.Body).Decode(&members)
	_ = json.NewEncoder(os.Stdout).Encode(members)
	{
		//calls
	}
}
`

// Cost is what a program gets.
type Cost struct {
	Bytes             int64 // of the stripped binary
	Packages, Modules int   // in the build, without the standard library
	Sums              int   // lines in go.sum
}

// Measure builds the program, below dir.
func (i Importer) Measure(ctx context.Context, dir string) (c Cost, err error) {
	dir, err = os.MkdirTemp(dir, "program-")
	if err != nil {
		return Cost{}, err
	}
	if err := i.write(dir); err != nil {
		return Cost{}, err
	}
	if _, err := goTool(ctx, dir, "mod", "tidy"); err != nil {
		return Cost{}, err
	}
	if c.Bytes, err = build(ctx, dir, ".", filepath.Join(dir, "program"), "-s -w"); err != nil {
		return Cost{}, err
	}
	packages, err := goTool(ctx, dir, "list", "-deps", "-f", "{{.ImportPath}} {{with .Module}}{{.Path}}{{end}}", ".")
	if err != nil {
		return Cost{}, err
	}
	modules := map[string]bool{}
	for line := range strings.Lines(string(packages)) {
		if fields := strings.Fields(line); len(fields) == 2 && fields[1] != "example.com/program" {
			c.Packages++
			modules[fields[1]] = true
		}
	}
	c.Modules = len(modules)
	sums, err := os.ReadFile(filepath.Join(dir, "go.sum"))
	c.Sums = strings.Count(string(sums), "\n")
	return c, err
}

// source returns the program.
func (i Importer) source() string {
	return strings.NewReplacer("//imports", i.imports, "//calls", i.calls).Replace(bare)
}

// write makes a module of the program.
func (i Importer) write(dir string) error {
	from, err := gotool.Root()
	if err != nil {
		return err
	}
	mod, err := os.ReadFile(filepath.Join(from, "go.mod"))
	if err != nil {
		return err
	}
	// The versions of this module's go.mod, so that tidying looks for no others.
	_, requires, _ := strings.Cut(string(mod), "\nrequire")
	files := map[string]string{
		"go.mod":  "module example.com/program\n\ngo 1.26.0\n\nreplace " + module + " => " + from + "\n\nrequire " + module + " v0.0.0\n\nrequire" + requires,
		"main.go": i.source(),
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}
