package profile_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/latchkey-sso/latchkey/profile"
)

// configFile writes a config file for an example.
func configFile(text string) (path string, remove func()) {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	path = filepath.Join(dir, "config")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		log.Fatal(err)
	}
	return path, func() { os.RemoveAll(dir) }
}

func ExampleLoad() {
	config, remove := configFile(`
[profile dev]
sso_session = corp
sso_account_id = 012345678901
sso_role_name = ReadOnly

[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = us-east-1
`)
	defer remove()
	here := func(o *profile.Options) { o.ConfigFile = config }

	p, err := profile.Load("dev", here)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(p.RoleName, "in", p.AccountID, "by", p.Session.StartURL)

	_, err = profile.Load("dve", here)
	var mistake *profile.Error
	if errors.As(err, &mistake) {
		fmt.Println(mistake.Reason)
	}
	// Output:
	// ReadOnly in 012345678901 by https://corp.awsapps.com/start
	// there is no [profile dve]: did you mean "dev"?
}

func ExampleEdit() {
	config, remove := configFile("# my profiles\n[profile dev]\nregion = us-east-1 # for now\n")
	defer remove()

	err := profile.Edit(context.Background(), config,
		profile.Set(profile.KindProfile, "dev", profile.Setting{Key: "region", Value: "eu-west-1"}),
		profile.Set(profile.KindSession, "corp",
			profile.Setting{Key: "sso_start_url", Value: "https://corp.awsapps.com/start"},
			profile.Setting{Key: "sso_region", Value: "us-east-1"},
		),
	)
	if err != nil {
		log.Fatal(err)
	}
	text, err := os.ReadFile(config)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(string(text))
	// Output:
	// # my profiles
	// [profile dev]
	// region = eu-west-1 # for now
	//
	// [sso-session corp]
	// sso_start_url = https://corp.awsapps.com/start
	// sso_region = us-east-1
}

func ExampleLint() {
	config, remove := configFile("[dev]\nregoin = us-east-1\n\n[profile test]\nregoin = us-east-1\n")
	defer remove()

	findings, err := profile.Lint(func(o *profile.Options) { o.ConfigFile, o.CredentialsFile = config, os.DevNull })
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range findings {
		fmt.Printf("line %d: %s: %s (%s)\n\tfix: %s\n", f.Line, f.Severity, f.Reason, f.Code, f.Fix)
	}
	// Output:
	// line 1: problem: no tool reads [dev] in the config file (section-prefix)
	// 	fix: write [profile dev]
	// line 5: problem: AWS tools do not read regoin (misspelled-key)
	// 	fix: did you mean region?
}
