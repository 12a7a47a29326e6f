// Package profile reads the shared AWS config files, ~/.aws/config and ~/.aws/credentials,
// for programs that sign in with IAM Identity Center (AWS SSO).
//
// [Load] resolves one profile. It is fast even in large files, and ignores errors in sections
// that the profile does not use. [All] resolves every profile, and [LoadSession] a single
// sso-session. [Edit] changes the config file, and [Lint] finds settings that some tool reads
// differently or not at all.
//
// The parser accepts whatever the Go SDK, the JavaScript SDK, the AWS CLI or boto3 accept.
// Sections, settings and comments may be indented, and names may contain any character but
// whitespace. A name with spaces must be quoted, as the AWS CLI does: [profile 'foo bar']. A
// byte order mark is skipped. Tools disagree about an indented name = value line: here it is
// a separate setting, unless the setting above it has no value.
package profile

// Profile is a profile and the sections it refers to.
type Profile struct {
	Name string
	// File and Line are where its first section starts. Line is 0 if there is no
	// [default] section.
	File string
	Line int
	// Region is the profile's region, not its session's; may be empty.
	Region string
	// Session is the session that the profile signs in to; nil without SSO settings. If
	// credential_process is "latchkey credential-process --profile NAME", the session,
	// account, role and connection are those of profile NAME.
	Session *Session
	// AccountID and RoleName are both set or both empty. If empty, the profile gives a
	// bearer token but no role credentials. AccountID keeps its leading zeros.
	AccountID, RoleName string
	// LoginOnDemand is latchkey_login_on_demand: whether credential-process may sign in. AWS
	// tools ignore it.
	LoginOnDemand bool
	Connection

	// RoleARN is the role to assume with the credentials of SourceProfile, or with the
	// profile's own if SourceProfile is nil. The next fields are set only with RoleARN.
	RoleARN, ExternalID, RoleSessionName, MFASerial string
	// DurationSeconds is 0 if unset or not a number, and 900 for anything below 960, as in
	// the Go SDK.
	DurationSeconds int
	// SourceProfile is the profile named by source_profile. If that is the profile itself,
	// SourceProfile is a copy without the role. A source profile with static keys has no
	// role either: AWS tools use its keys.
	SourceProfile *Profile

	// OtherCredentials names a source of credentials that the Go SDK prefers to SSO: "static
	// keys", "credential_source" or "web_identity_token_file". If Session is nil, it may also
	// be "login_session" or "credential_process", which come after SSO.
	OtherCredentials string
}

// NewError returns an [*Error] about a key of the profile. Use it to reject a profile that
// [Load] accepts, for example one without a role. Fix may be empty. A nil profile works like
// the zero Profile.
func (p *Profile) NewError(key, reason, fix string) *Error {
	if p == nil {
		p = &Profile{}
	}
	return &Error{File: p.File, Line: p.Line, Profile: p.Name, Key: key, Reason: reason, Fix: fix}
}

// Origin returns the last profile in the chain of source profiles, whose credentials assume the
// first role: p itself if it has no SourceProfile. The profiles before it in the chain override
// its connection settings, see [Connection.Override].
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

// Load resolves the named profile; an empty name means the one that [Name] returns.
//
// The error is an [*Error] if a section that the profile uses is invalid. It wraps
// [ErrNotFound] if the profile does not exist. The profile "default" always exists, perhaps
// without settings, unless the config file exists but cannot be read.
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
