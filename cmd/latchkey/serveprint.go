package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// The variables that point a program at the server, and those that would lead it elsewhere.
const (
	fullURIVariable   = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
	tokenVariable     = "AWS_CONTAINER_AUTHORIZATION_TOKEN"      //nolint:gosec // G101: the name of a variable
	tokenFileVariable = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE" //nolint:gosec // G101: the name of a variable
	imdsVariable      = "AWS_EC2_METADATA_SERVICE_ENDPOINT"
)

// stronger are the variables that SDKs prefer to the address of a server.
var stronger = []string{
	"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN",
	"AWS_CREDENTIAL_EXPIRATION", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ROLE_ARN",
	"AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
}

// environments are what programs need for each profile.
func (s *serving) environments() ([]environment, error) {
	var all []environment
	for _, p := range s.profiles {
		env := environment{profile: p.Name, unset: stronger}
		add := func(name, value string) { env.set = append(env.set, variable{name, value}) }
		add(fullURIVariable, "http://"+s.address+s.server.Path(p.Name))
		if s.tokenFile == "" {
			add(tokenVariable, string(s.server.Token(p.Name)))
			env.unset = append(env.unset[:len(env.unset):len(env.unset)], tokenFileVariable)
		} else {
			path, err := filepath.Abs(fileOf(s.tokenFile, p.Name))
			if err != nil {
				return nil, fmt.Errorf("find --token-file: %w", err)
			}
			add(tokenFileVariable, path)
			env.unset = append(env.unset[:len(env.unset):len(env.unset)], tokenVariable)
		}
		if s.imds {
			add(imdsVariable, string(s.server.IMDSEndpoint(p.Name, s.address)))
		}
		if p.Region != "" {
			add("AWS_REGION", p.Region)
			add("AWS_DEFAULT_REGION", p.Region)
		}
		all = append(all, env)
	}
	return all, nil
}

// printEnvironments prints the environments, or writes them to their files.
func (s *serving) printEnvironments(ctx context.Context) error {
	all, err := s.environments()
	if err != nil {
		return err
	}
	if s.envFile == "" || s.format == "json" {
		text, err := formatEnvironments(s.format, all)
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
		text, err := formatEnvironments(s.format, []environment{env})
		if err != nil {
			return err
		}
		if err := s.write(ctx, "env-file", fileOf(s.envFile, env.profile), text); err != nil {
			return err
		}
	}
	return nil
}

// writeTokens writes each token to its file, without a line break: SDKs send what is in it.
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

func (s *serving) write(ctx context.Context, flag, path, content string) error {
	if err := writePrivate(ctx, flag, path, content); err != nil {
		return err
	}
	s.files[path] = true
	return nil
}

// clean removes what was written: the tokens in it open nothing any more.
func (s *serving) clean() {
	for path := range s.files {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			s.app.debugf("remove %s: %v", path, err)
		}
	}
}
