package peer

import (
	"cmp"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/latchkey-sso/latchkey/bench/gotool"
)

// javaScript returns the AWS SDK for JavaScript of interop/js.
func javaScript(ctx context.Context) Peer {
	p := Peer{Name: "AWS SDK for JavaScript", Slow: true}
	root, err := gotool.Root()
	if err != nil {
		p.Missing = "not found: " + err.Error()
		return p
	}
	dir := filepath.Join(root, "interop", "js")
	sdk := filepath.Join(dir, "node_modules", "@aws-sdk", "credential-providers")
	p.start = []string{"node", "-e", "require(process.argv[1]); console.log(require(process.argv[1] + '/package.json').version)", sdk}
	p.print = func(profile string) []string {
		return []string{"node", filepath.Join(dir, "credentials.mjs"), "ini", profile}
	}
	p.files = []string{filepath.Join(dir, "node_modules")}
	if _, err := p.Start().Run(ctx); err != nil {
		p.Missing = "needs node, and npm ci --prefix interop/js"
	}
	return p
}

const boto3Program = `import boto3, json, sys
credentials = boto3.Session(profile_name=sys.argv[1]).get_credentials().get_frozen_credentials()
print(json.dumps(credentials._asdict()))`

// boto3 returns the first boto3 of the PATH.
func boto3(ctx context.Context) Peer {
	p := Peer{Name: "boto3", Slow: true}
	for _, python := range lookPaths("python3", os.Getenv("PATH")) {
		out, err := exec.CommandContext(ctx, python, "-c",
			"import sys, boto3, botocore; print(sys.executable, *boto3.__path__, *botocore.__path__, sep='\\n')").Output()
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		if err != nil || len(lines) != 3 {
			continue
		}
		python = lines[0] // not a script that looks for it, as pyenv has
		p.files = lines[1:]
		p.start = []string{python, "-c", "import boto3; print(boto3.__version__)"}
		p.print = func(profile string) []string { return []string{python, "-c", boto3Program, profile} }
		return p
	}
	p.Missing = "no python3 in the PATH has it"
	return p
}

// awsCLI returns the first AWS CLI of the PATH that can print credentials, which is version 2.
func awsCLI(ctx context.Context) Peer {
	p := Peer{Name: "AWS CLI", Slow: true}
	for _, aws := range lookPaths("aws", os.Getenv("PATH")) {
		out, err := exec.CommandContext(ctx, aws, "--version").Output()
		if err != nil || !strings.HasPrefix(string(out), "aws-cli/2.") {
			p.Missing = cmp.Or(p.Missing, "only a version 1, which cannot print credentials")
			continue
		}
		p.Missing = ""
		p.start = []string{aws, "--version"}
		p.print = func(profile string) []string {
			return []string{aws, "configure", "export-credentials", "--profile", profile}
		}
		return p
	}
	p.Missing = cmp.Or(p.Missing, "no aws in the PATH")
	return p
}
