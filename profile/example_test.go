package profile_test

import (
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/latchkey-sso/latchkey/profile"
)

func ExampleLoad() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	config := filepath.Join(dir, "config")
	if err := os.WriteFile(config, []byte(`
[profile dev]
sso_session = corp
sso_account_id = 012345678901
sso_role_name = ReadOnly

[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = us-east-1
`), 0o600); err != nil {
		log.Fatal(err)
	}
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
