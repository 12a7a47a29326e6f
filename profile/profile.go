// Package profile reads the shared AWS config files, ~/.aws/config and ~/.aws/credentials,
// for programs that sign in with IAM Identity Center (AWS SSO).
//
// [Load] resolves one profile. It is fast in files of any size, and damage in sections that
// the profile does not use does not matter. [All] resolves every profile, and [LoadSession]
// an sso-session on its own. [Edit] changes the config file, and [Lint] finds settings that
// some tool reads differently or not at all.
//
// Files are read as tolerantly as the Go SDK, the JavaScript SDK, the AWS CLI and boto3 read
// them. Sections, settings and comments may be indented, and a name may have any characters
// but whitespace. The AWS CLI writes a name with spaces in quotes: [profile 'foo bar']. A
// byte order mark is skipped. Where the tools differ, an indented name = value is a setting
// of its own, except below a setting without a value.
package profile

// Profile is one profile, with the sections it refers to resolved.
type Profile struct {
	Name string
	// File and Line are where its first section starts. Line is 0 for a default profile
	// that is in no file.
	File string
	Line int
	// Region is the profile's own region, not that of its session; may be empty.
	Region string
	// Session is the session the profile signs in to; nil without SSO settings. A profile
	// whose credential_process is "latchkey credential-process --profile NAME" has the
	// session, account, role and connection of the profile it names.
	Session *Session
	// AccountID and RoleName are both set or both empty. If they are empty, the session
	// gives a bearer token and no role credentials. The account id is as written, with
	// leading zeros.
	AccountID, RoleName string
	// LoginOnDemand is latchkey_login_on_demand: whether credential-process signs in when it
	// must. AWS tools do not read it.
	LoginOnDemand bool
	// Connection says how the SSO services and STS are reached.
	Connection

	// RoleARN is a role to assume with the credentials of SourceProfile, or with those of
	// the profile itself if SourceProfile is nil. The fields after it are only set with it,
	// and may be empty.
	RoleARN, ExternalID, RoleSessionName, MFASerial string
	// DurationSeconds is 0 if it is not set or not a number, and 900 for anything below 16
	// minutes, as in the Go SDK.
	DurationSeconds int
	// SourceProfile is the profile named by source_profile. If the profile names itself,
	// it is the same profile without the role. A source profile with static keys has no
	// role either: AWS tools use the keys.
	SourceProfile *Profile

	// OtherCredentials names a source of credentials in the profile that the Go SDK prefers
	// over SSO: "static keys", "credential_source" or "web_identity_token_file". If Session
	// is nil, it may also be "login_session" or "credential_process", which come after SSO.
	OtherCredentials string
}

// NewError returns an [*Error] about one of the profile's keys. Use it to reject a profile
// that Load accepts, for example because the program needs a role. Fix may be empty. A nil
// profile counts as the zero Profile.
func (p *Profile) NewError(key, reason, fix string) *Error {
	if p == nil {
		p = &Profile{}
	}
	return &Error{File: p.File, Line: p.Line, Profile: p.Name, Key: key, Reason: reason, Fix: fix}
}

// Origin returns the profile at the end of p's chain of source profiles, whose own
// credentials the first role is assumed with: p itself if it has no SourceProfile. Its
// connection settings are those of the profiles before it in the chain, else its own: see
// [Connection.Override].
func (p *Profile) Origin() *Profile {
	c := p.Connection
	for p.SourceProfile != nil {
		p = p.SourceProfile
		c = p.Override(c)
	}
	if c == p.Connection {
		return p
	}
	origin := *p
	origin.Connection = c
	return &origin
}

// Load reads the profile called name; "" means the one that the environment selects, see
// [Name].
//
// A mistake in a section that the profile uses is an [*Error]. So is a name that no file
// has, with [ErrNotFound] in the chain. The profile "default" always exists, perhaps without
// settings, unless there is a config file that cannot be read.
func Load(name string, optFns ...func(*Options)) (*Profile, error) {
	o := newOptions(optFns)
	if name == "" {
		name = Name(o.Getenv)
	}
	r, err := o.open(name)
	if err != nil {
		return nil, err
	}
	p, bad := r.load(name)
	if bad != nil {
		return nil, bad
	}
	return p, nil
}
