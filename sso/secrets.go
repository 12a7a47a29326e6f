package sso

import "github.com/latchkey-sso/latchkey/internal/awsrest"

// Types with secrets marshal to JSON with a placeholder, to keep secrets out of structured logs. Unmarshaling the
// placeholder fails, so that it is not mistaken for a secret. Package fmt prints pointer fields as addresses.

// MarshalJSON redacts secrets.
func (v GetRoleCredentialsInput) MarshalJSON() ([]byte, error) {
	type plain GetRoleCredentialsInput
	return awsrest.Marshal((*plain)(&v), &v.AccessToken)
}

// MarshalJSON redacts secrets.
func (v RoleCredentials) MarshalJSON() ([]byte, error) {
	type plain RoleCredentials
	return awsrest.Marshal((*plain)(&v), &v.SecretAccessKey, &v.SessionToken)
}

// UnmarshalJSON fails if a secret is redacted.
func (v *RoleCredentials) UnmarshalJSON(data []byte) error {
	type plain RoleCredentials
	return awsrest.Restore(data, (*plain)(v), &v.SecretAccessKey, &v.SessionToken)
}

// MarshalJSON redacts secrets.
func (v ListAccountsInput) MarshalJSON() ([]byte, error) {
	type plain ListAccountsInput
	return awsrest.Marshal((*plain)(&v), &v.AccessToken)
}

// MarshalJSON redacts secrets.
func (v ListAccountRolesInput) MarshalJSON() ([]byte, error) {
	type plain ListAccountRolesInput
	return awsrest.Marshal((*plain)(&v), &v.AccessToken)
}

// MarshalJSON redacts secrets.
func (v LogoutInput) MarshalJSON() ([]byte, error) {
	type plain LogoutInput
	return awsrest.Marshal((*plain)(&v), &v.AccessToken)
}
