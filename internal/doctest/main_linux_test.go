package doctest

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/latchkey-sso/latchkey"
	"github.com/latchkey-sso/latchkey/internal/command"
)

// TestMain makes the command available to the pages, and stand-ins for the programs that they run with credentials.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"latchkey":  func() { os.Exit(command.Run(context.Background(), os.Args[1:], os.Stdout, os.Stderr)) },
		"browser":   standIn(browse),
		"xdg-open":  standIn(browse), // of package browser
		"aws":       standIn(program),
		"converse":  standIn(converse),
		"program":   standIn(program),
		"terraform": standIn(program),
	})
}

func standIn(run func() error) func() {
	return func() {
		if err := run(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

// program is any program that needs credentials. It gets them from the AWS SDK, and prints who it is, as the AWS CLI
// does.
func program() error {
	if len(os.Args) > 1 && os.Args[1] == "--version" {
		fmt.Println("aws-cli/2.36.7 Python/3.14.0 Linux/6.12 exe/x86_64")
		return nil
	}
	if peers && len(os.Args) > 1 && os.Args[1] == "sts" {
		args := append([]string{"--endpoint-url", os.Getenv("AWS_ENDPOINT_URL_STS")}, os.Args[1:]...) // old ones ignore the variable
		cmd := exec.Command("/usr/bin/aws", args...)
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		cmd.Env = append(os.Environ(), "AWS_PAGER=")
		return cmd.Run()
	}
	ctx := context.Background()
	cfg, err := config.LoadDefaultConfig(ctx, latchkey.WithProfile(""), config.WithDefaultRegion("eu-west-1"))
	if err != nil {
		return err
	}
	who, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, nil)
	if err != nil {
		return err
	}
	fmt.Printf("{\n    \"UserId\": %q,\n    \"Account\": %q,\n    \"Arn\": %q\n}\n", *who.UserId, *who.Account, *who.Arn)
	return nil
}

// browse is a browser. It opens pages of this machine, and prints the address of others.
func browse() error {
	address, err := url.Parse(os.Args[1])
	if err != nil {
		return err
	}
	if address.Hostname() != "127.0.0.1" {
		fmt.Println(address)
		return nil
	}
	resp, err := http.Get(address.String())
	if err != nil {
		return err
	}
	return resp.Body.Close()
}
