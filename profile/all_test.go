package profile_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/profile"
)

// TestAll checks that All returns the same profiles and errors as Load.
func TestAll(t *testing.T) {
	config := `[sso-session corp]
sso_start_url = https://x.awsapps.com/start
sso_region = eu-west-1

[profile dev]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = Developer

[profile broken]
sso_session = crop

[profile over]
role_arn = arn:aws:iam::111122223333:role/r
source_profile = dev

[profile round]
role_arn = arn:aws:iam::111122223333:role/r
source_profile = trip

[profile trip]
role_arn = arn:aws:iam::111122223333:role/r
source_profile = round

[default]
region = eu-west-1
`
	options := files(t, config, "[keys]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = x\n", nil)
	var names []string
	for p, err := range profile.All(options) {
		names = append(names, p.Name)
		want, wantErr := profile.Load(p.Name, options)
		if wantErr != nil {
			if err == nil || err.Error() != wantErr.Error() {
				t.Errorf("%s: error %v, want %v", p.Name, err, wantErr)
			}
			continue
		}
		if diff := cmp.Diff(want, p); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", p.Name, err, diff)
		}
	}
	if want := []string{"dev", "broken", "over", "round", "trip", "default", "keys"}; !slices.Equal(names, want) {
		t.Errorf("profiles %q, want %q", names, want)
	}
}

func TestAllStops(t *testing.T) {
	n := 0
	profile.All(files(t, "[profile a]\n[profile b]\nsso_session = x\n[profile c]\n", "", nil))(func(*profile.Profile, error) bool {
		n++
		return n < 2
	})
	if n != 2 {
		t.Errorf("%d profiles", n)
	}
}
