package accounts

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/latchkey-sso/latchkey/idctest"
	"github.com/latchkey-sso/latchkey/internal/filetest"
	"github.com/latchkey-sso/latchkey/sso"
)

// office is an Identity Center, and a directory of it with a cache.
type office struct {
	*idctest.Server
	now   time.Time
	cache Cache
	token string
}

func newOffice(t *testing.T, accounts ...idctest.Account) *office {
	t.Helper()
	o := &office{now: time.Now(), cache: Cache{filepath.Join(t.TempDir(), "cache", "accounts.json")}}
	o.Server = idctest.NewServer(t, func(o *idctest.Options) { o.Accounts = accounts })
	o.token = o.SignIn().AccessToken
	return o
}

func (o *office) directory() *Directory {
	return &Directory{
		Call: func(_ context.Context, fn func(*sso.Client, string) error) error {
			url := o.URL()
			client := sso.New(sso.Options{Region: "us-east-1", BaseEndpoint: &url})
			return fn(client, o.token)
		},
		Cache: o.cache,
		Now:   func() time.Time { return o.now },
	}
}

func (o *office) requests(t *testing.T, accounts, roles int) {
	t.Helper()
	if a, r := o.Count("ListAccounts"), o.Count("ListAccountRoles"); a != accounts || r != roles {
		t.Errorf("%d ListAccounts and %d ListAccountRoles, want %d and %d", a, r, accounts, roles)
	}
	o.ResetRequests()
}

var two = []idctest.Account{
	{ID: "222233334444", Name: "prod", Email: "prod@example.com", Roles: []string{"View", "Admin"}},
	{ID: "111122223333", Name: "Audit", Roles: []string{"Audit"}},
}

// TestList: only what is needed is asked for, and once.
func TestList(t *testing.T) {
	o := newOffice(t, two...)
	got, err := o.directory().Accounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []Account{{ID: "111122223333", Name: "Audit"}, {ID: "222233334444", Name: "prod", Email: "prod@example.com"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	o.requests(t, 1, 0)

	prod := func(a Account) bool { return a.Name == "prod" }
	for range 2 {
		got, err = o.directory().Roles(t.Context(), prod)
		if err != nil {
			t.Fatal(err)
		}
		want = []Account{{ID: "222233334444", Name: "prod", Email: "prod@example.com", Roles: []string{"Admin", "View"}}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	o.requests(t, 0, 1)

	if got, err = o.directory().Roles(t.Context(), nil); err != nil || len(got) != 2 || len(got[0].Roles) != 1 {
		t.Errorf("got %v, %v", got, err)
	}
	o.requests(t, 0, 1)
	if info, err := os.Stat(o.cache.path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("cache: %v, %v", info, err)
	}
}

func TestCacheExpires(t *testing.T) {
	o := newOffice(t, two...)
	list := func(change func(*Directory)) {
		t.Helper()
		d := o.directory()
		change(d)
		if _, err := d.Roles(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
	same := func(*Directory) {}
	list(same)
	o.requests(t, 1, 2)
	o.now = o.now.Add(MaxAge - time.Second)
	list(same)
	o.requests(t, 0, 0)
	list(func(d *Directory) { d.Refresh = true })
	o.requests(t, 1, 2)
	o.now = o.now.Add(MaxAge)
	list(same)
	o.requests(t, 1, 2)
	o.now = o.now.Add(-time.Minute) // the clock was set back
	list(same)
	o.requests(t, 1, 2)
	if err := o.cache.Forget(t.Context()); err != nil {
		t.Fatal(err)
	}
	list(same)
	o.requests(t, 1, 2)
	filetest.Write(t, o.cache.path, `{"listedAt`)
	list(same)
	o.requests(t, 1, 2)
	list(func(d *Directory) { d.Cache = Cache{} })
	o.requests(t, 1, 2)
}

// TestManyAccounts: no account is forgotten, not even one without roles, and progress ends
// with the last account.
func TestManyAccounts(t *testing.T) {
	var many []idctest.Account
	for i := range 6 {
		many = append(many, idctest.Account{ID: fmt.Sprintf("%012d", i), Name: fmt.Sprint("account ", i), Roles: []string{"B", "A"}})
	}
	many[3].Roles = nil
	o := newOffice(t, many...)
	d := o.directory()
	var done, total int
	d.Progress = func(d, t int) { done, total = d, t }
	got, err := d.Roles(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 6 || done != 5 || total != 6 {
		t.Errorf("%d accounts, progress %d of %d", len(got), done, total)
	}
	for _, a := range got {
		want := []string{"A", "B"}
		if a.ID == many[3].ID {
			want = []string{}
		}
		if diff := cmp.Diff(want, a.Roles); diff != "" {
			t.Errorf("%s: %s", a.ID, diff)
		}
	}
	o.ResetRequests()
	if _, err := o.directory().Roles(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	o.requests(t, 0, 0)
}

// TestIncomplete: a list that failed half way is neither returned nor kept.
func TestIncomplete(t *testing.T) {
	o := newOffice(t, two...)
	o.Fail("ListAccountRoles", idctest.Fault{Delay: 1}) // the first of two succeeds
	o.Fail("ListAccountRoles", idctest.Fault{Code: "InvalidRequestException"})
	got, err := o.directory().Roles(t.Context(), nil)
	if err == nil || got != nil {
		t.Errorf("got %v, %v", got, err)
	}
	if invalid, ok := errors.AsType[*sso.InvalidRequestException](err); !ok {
		t.Errorf("error %v, %v", err, invalid)
	}
	o.ResetRequests()
	if _, err := o.directory().Roles(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	o.requests(t, 0, 2)
}
