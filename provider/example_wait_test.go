package provider_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/latchkey-sso/latchkey/profile"
	"github.com/latchkey-sso/latchkey/provider"
	"github.com/latchkey-sso/latchkey/tokencache"
)

// Handle Ctrl-C: the signal cancels the calls, and the program waits for requests in flight before
// it exits.
func ExampleWait() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	p, err := provider.New(&profile.Profile{
		Name:    "dev",
		Session: &profile.Session{Name: "corp", StartURL: "https://d-1234567890.awsapps.com/start", Region: "eu-west-1"},
	}, func(o *provider.Options) { o.TokenCache = tokencache.Dir("/nonexistent") })
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = p.RetrieveBearerToken(ctx)

	atMost, cancel := context.WithTimeout(context.WithoutCancel(ctx), 25*time.Second)
	defer cancel()
	if err := provider.Wait(atMost); err != nil {
		fmt.Println(err)
	}

	var login *provider.LoginRequiredError
	fmt.Println(errors.As(err, &login))
	// Output: true
}
