package command

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"github.com/latchkey-sso/latchkey/internal/shellenv"
)

// The variables that point a program to the server.
const (
	fullURIVariable   = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
	tokenVariable     = "AWS_CONTAINER_AUTHORIZATION_TOKEN"      //nolint:gosec // G101: the name of a variable
	tokenFileVariable = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE" //nolint:gosec // G101: the name of a variable
	imdsVariable      = "AWS_EC2_METADATA_SERVICE_ENDPOINT"
)

// environments returns the environment for clients of each profile.
func (s *serving) environments() ([]environment, error) {
	var all []environment
	for _, p := range s.profiles {
		var set []shellenv.Variable
		add := func(name, value string) { set = append(set, shellenv.Variable{Name: name, Value: value}) }
		add(fullURIVariable, "http://"+s.address+s.server.Path(p.Name))
		if s.tokenFile == "" {
			add(tokenVariable, string(s.server.Token(p.Name)))
		} else {
			path, err := filepath.Abs(fileOf(s.tokenFile, p.Name))
			if err != nil {
				return nil, fmt.Errorf("find --token-file: %w", err)
			}
			add(tokenFileVariable, path)
		}
		if s.imds {
			add(imdsVariable, string(s.server.IMDSEndpoint(p.Name, s.address)))
		}
		all = append(all, environment{p.Name, environmentOf((&profileCredentials{profile: p}).region(), set...)})
	}
	return all, nil
}

// printEnvironments prints the environments, or writes them to their files.
func (s *serving) printEnvironments(ctx context.Context) error {
	all, err := s.environments()
	if err != nil {
		return err
	}
	if s.envFile == "" || s.shell == shellenv.JSON {
		text, err := formatEnvironments(s.shell, all)
		if err != nil {
			return err
		}
		if s.envFile == "" {
			_, err = io.WriteString(s.app.stdout, text)
			return err
		}
		return s.write(ctx, "env-file", s.envFile, text)
	}
	for _, env := range all {
		text, err := formatEnvironments(s.shell, []environment{env})
		if err != nil {
			return err
		}
		if err := s.write(ctx, "env-file", fileOf(s.envFile, env.profile), text); err != nil {
			return err
		}
	}
	return nil
}

// writeTokens writes each token to its file. It has no line break, which SDKs would send.
func (s *serving) writeTokens(ctx context.Context) error {
	if s.tokenFile == "" {
		return nil
	}
	for _, p := range s.profiles {
		if err := s.write(ctx, "token-file", fileOf(s.tokenFile, p.Name), string(s.server.Token(p.Name))); err != nil {
			return err
		}
	}
	return nil
}
