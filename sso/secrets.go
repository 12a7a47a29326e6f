package sso

import (
	"encoding/json"

	"github.com/latchkey-sso/latchkey/internal/awsrest"
)

// The types with secrets marshal without them, so that a structured log does not give them away.
// What was left out is not read back: a program that stores them as JSON shall not take the text in
// place of a secret for the secret.
// As fmt shows them, they are addresses.

// MarshalJSON leaves the secret out.
func (v GetRoleCredentialsInput) MarshalJSON() ([]byte, error) {
	type plain GetRoleCredentialsInput
	awsrest.Hide(&v.AccessToken)
	return json.Marshal(plain(v))
}

// MarshalJSON leaves the secrets out.
func (v RoleCredentials) MarshalJSON() ([]byte, error) {
	type plain RoleCredentials
	awsrest.Hide(&v.SecretAccessKey, &v.SessionToken)
	return json.Marshal(plain(v))
}

// UnmarshalJSON fails where MarshalJSON left a secret out.
func (v *RoleCredentials) UnmarshalJSON(data []byte) error {
	type plain RoleCredentials
	return awsrest.Restore(data, (*plain)(v), &v.SecretAccessKey, &v.SessionToken)
}

// MarshalJSON leaves the secret out.
func (v ListAccountsInput) MarshalJSON() ([]byte, error) {
	type plain ListAccountsInput
	awsrest.Hide(&v.AccessToken)
	return json.Marshal(plain(v))
}

// MarshalJSON leaves the secret out.
func (v ListAccountRolesInput) MarshalJSON() ([]byte, error) {
	type plain ListAccountRolesInput
	awsrest.Hide(&v.AccessToken)
	return json.Marshal(plain(v))
}

// MarshalJSON leaves the secret out.
func (v LogoutInput) MarshalJSON() ([]byte, error) {
	type plain LogoutInput
	awsrest.Hide(&v.AccessToken)
	return json.Marshal(plain(v))
}
