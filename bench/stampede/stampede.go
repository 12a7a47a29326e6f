// Package stampede starts many processes of a program at once, on a sign-in that has expired and whose refresh token the
// server rotates.
package stampede

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/latchkey-sso/latchkey/bench/home"
	"github.com/latchkey-sso/latchkey/bench/peer"
	"github.com/latchkey-sso/latchkey/idctest"
)

// Latency is how long the server takes for each response.
const Latency = 100 * time.Millisecond

// Result is the result of a stampede.
type Result struct {
	Succeeded    int // processes that got credentials
	Refreshes    int // CreateToken requests
	RoleRequests int // GetRoleCredentials requests
	Took         time.Duration
	// Lost is whether the user must sign in again when the new token has expired.
	Lost bool
}

// Run starts that many processes of the program at once. It fails if one process alone gets no credentials with a sign-in
// that is valid.
func Run(ctx context.Context, p peer.Peer, processes int) (Result, error) {
	h, err := home.New(1, func(o *idctest.Options) { o.Latency = Latency })
	if err != nil {
		return Result{}, err
	}
	defer h.Close()
	command := p.Print(home.Profile, h.Env())
	if _, err := command.Run(ctx); err != nil {
		return Result{}, err
	}
	if err := h.Expire(ctx); err != nil {
		return Result{}, err
	}
	h.Server.ResetRequests()
	var succeeded atomic.Int32
	var wg sync.WaitGroup
	start := time.Now()
	for range processes {
		wg.Go(func() {
			if _, err := command.Run(ctx); err == nil {
				succeeded.Add(1)
			}
		})
	}
	wg.Wait()
	r := Result{
		Succeeded: int(succeeded.Load()), Took: time.Since(start),
		Refreshes: h.Server.Count("CreateToken"), RoleRequests: h.Server.Count("GetRoleCredentials"),
	}
	r.Lost = h.Expire(ctx) != nil // a damaged file
	if !r.Lost {
		_, err = command.Run(ctx)
		r.Lost = err != nil
	}
	return r, ctx.Err()
}
