// Package profile reads the shared AWS config files, ~/.aws/config and
// ~/.aws/credentials, for what they say about IAM Identity Center (SSO).
//
// [Load] resolves one profile; it is quick in files of any size, and damage in
// parts of a file that the profile does not use is no concern of it. [Parse]
// reads everything, strictly; [Edit] changes a file, and [Lint] says what in it some
// tool will trip over.
//
// The grammar is the one the AWS SDKs share. On top of it, a byte order mark
// is skipped and a quoted name, [profile 'foo bar'], is understood as the AWS CLI
// writes it. All but Parse and Lint are as tolerant as the Go SDK, the JavaScript SDK, the
// AWS CLI and boto3 are: sections, settings and comments may be indented, and a name
// may have any characters but whitespace, unless it is in quotes. Where those tools
// differ, an indented name = value is a setting of its own, except below a setting without
// a value.
package profile

// Profile is one profile, its references resolved.
type Profile struct {
	Name string
	// File and Line are where its first section starts; Line is 0 for a default
	// profile that no file has.
	File string
	Line int
	// Region is the profile's own region, not that of its sign-in; may be empty.
	Region string
	// Session is the sign-in the profile uses; nil without SSO settings. A profile whose
	// credential_process is "latchkey credential-process --profile NAME", with whatever
	// path and quotes, has the session, the account and the role of the profile it
	// names, and asks for them as that one does.
	Session *Session
	// AccountID and RoleName are both set, or neither: then the session gives a
	// bearer token and no role credentials, in the older form too. The account id is
	// kept as written, with leading zeros.
	AccountID, RoleName string
	// LoginOnDemand is latchkey_login_on_demand: whether credential-process signs in when it
	// must. AWS tools do not read it.
	LoginOnDemand bool
	// Connection says how the SSO services are reached.
	Connection

	// RoleARN is a role to assume with the credentials of SourceProfile, or, if
	// that is nil, with those of the profile itself. The fields after it are
	// only set with it, and may be empty; DurationSeconds is then 0. Like the Go SDK it is
	// also 0 for what is no number, and 900 for less than 16 minutes.
	RoleARN, ExternalID, RoleSessionName, MFASerial string
	DurationSeconds                                 int
	// SourceProfile is the profile named by source_profile. Of a profile that
	// names itself it is the same profile without the role, and so is one that has
	// static keys.
	SourceProfile *Profile

	// OtherCredentials names another source of credentials in the profile that
	// the Go SDK prefers over SSO: "static keys", "credential_source" or
	// "web_identity_token_file". Where Session is nil it may also be
	// "login_session" or "credential_process", which come after SSO.
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

// Load reads the profile called name; "" stands for [Name] of the environment.
//
// Mistakes in the sections it uses are an [*Error]. So is a name that no file
// has, with [ErrNotFound] in the chain, except for "default", which always
// exists and may say nothing, unless there is a config file and it cannot be read.
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
