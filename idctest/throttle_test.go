package idctest_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sso/types"

	"github.com/latchkey-sso/latchkey/idctest"
)

func TestRequestsPerSecond(t *testing.T) {
	clk := newClock()
	srv := idctest.NewServer(t, withClock(clk), func(o *idctest.Options) { o.RequestsPerSecond = 5 })
	token := srv.SignIn().AccessToken
	accepted := func() (n int) {
		for {
			err := listAccounts(t.Context(), srv, token)
			if err != nil {
				wantError[*types.TooManyRequestsException](t, err)
				return n
			}
			n++
		}
	}
	for _, step := range []struct {
		after time.Duration
		want  int
	}{{0, 5}, {100 * time.Millisecond, 0}, {200 * time.Millisecond, 1}, {time.Second, 5}, {time.Minute, 5}} {
		clk.advance(step.after)
		if got := accepted(); got != step.want {
			t.Errorf("%v later %d requests were accepted, want %d", step.after, got, step.want)
		}
	}
	if resp, _ := get(t, srv.URL()+"/device"); resp.StatusCode != 200 {
		t.Errorf("a page of the OIDC service: %s", resp.Status)
	}
}
