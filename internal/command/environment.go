package command

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/latchkey-sso/latchkey/internal/shellenv"
)

// profileVariable holds the name of the profile in use, for shell prompts.
const profileVariable = "LATCHKEY_PROFILE"

// credentialVariables are the variables that SDKs read credentials from, and those that go with
// credentials. A leftover from another profile could override the credentials, or name the wrong
// account.
var credentialVariables = []string{
	"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN",
	"AWS_ACCESS_KEY", "AWS_SECRET_KEY", "AWS_CREDENTIAL_EXPIRATION", "AWS_CREDENTIAL_SCOPE", "AWS_ACCOUNT_ID",
	"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME", "AWS_WEB_IDENTITY_TOKEN_FILE",
	"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", fullURIVariable, tokenVariable, tokenFileVariable, "AWS_CREDENTIAL_FILE",
	profileVariable,
}

var regionVariables = []string{"AWS_REGION", "AWS_DEFAULT_REGION"}

// environmentOf returns the change that sets these variables and the region, and unsets all other
// credential variables. An empty region leaves the region variables as they are.
func environmentOf(region string, set ...shellenv.Variable) shellenv.Change {
	if region != "" {
		for _, name := range regionVariables {
			set = append(set, shellenv.Variable{Name: name, Value: region})
		}
	}
	unset := slices.DeleteFunc(slices.Clone(credentialVariables), func(name string) bool {
		return slices.ContainsFunc(set, func(v shellenv.Variable) bool { return v.Name == name })
	})
	return shellenv.Change{Set: set, Unset: unset}
}

// keyEnvironment returns the change that sets credentials.
func keyEnvironment(source *profileCredentials, creds aws.Credentials) shellenv.Change {
	return environmentOf(source.region(), append(keyVariables(creds),
		shellenv.Variable{Name: "AWS_ACCOUNT_ID", Value: creds.AccountID},
		shellenv.Variable{Name: profileVariable, Value: source.label()},
	)...)
}

func keyVariables(creds aws.Credentials) []shellenv.Variable {
	return []shellenv.Variable{
		{Name: "AWS_ACCESS_KEY_ID", Value: creds.AccessKeyID},
		{Name: "AWS_SECRET_ACCESS_KEY", Value: creds.SecretAccessKey},
		{Name: "AWS_SESSION_TOKEN", Value: creds.SessionToken},
		{Name: "AWS_CREDENTIAL_EXPIRATION", Value: creds.Expires.UTC().Format(time.RFC3339)},
	}
}

// environment is the change that makes programs use a profile.
type environment struct {
	profile string
	shellenv.Change
}

// parseShell returns the shell with that name; "auto" means the one that runs latchkey.
func parseShell(name string) (shellenv.Shell, error) {
	if name == "auto" {
		return shellenv.Detect(), nil
	}
	shell, ok := shellenv.Parse(name)
	if !ok {
		return "", &usageError{text: fmt.Sprintf("unknown shell or format %q", name), hint: "choose one of " + strings.Join(shellenv.Names(), ", ")}
	}
	return shell, nil
}

// formatEnvironments formats several environments.
func formatEnvironments(shell shellenv.Shell, all []environment) (string, error) {
	if shell == shellenv.JSON {
		return environmentsJSON(all)
	}
	var b strings.Builder
	for _, env := range all {
		if len(all) > 1 {
			b.WriteString(shell.Comment(oneLine("profile " + env.profile)))
		}
		text, err := shell.Format(env.Change)
		if err != nil {
			return "", err
		}
		b.WriteString(text)
	}
	return b.String(), nil
}

func environmentsJSON(all []environment) (string, error) {
	type object struct {
		Profile     string            `json:"profile"`
		Environment map[string]string `json:"environment"`
		Unset       []string          `json:"unset"`
	}
	objects := make([]object, 0, len(all))
	for _, env := range all {
		o := object{env.profile, map[string]string{}, env.Unset}
		for _, v := range env.Set {
			o.Environment[v.Name] = v.Value
		}
		objects = append(objects, o)
	}
	text, err := json.MarshalIndent(objects, "", "  ")
	return string(text) + "\n", err
}
