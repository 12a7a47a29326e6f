package main

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/latchkey-sso/latchkey/bench/measure"
	"github.com/latchkey-sso/latchkey/bench/peer"
	"github.com/latchkey-sso/latchkey/bench/report"
	"github.com/latchkey-sso/latchkey/bench/stampede"
	"github.com/latchkey-sso/latchkey/idctest"
)

// A stampede of goroutines in one program.
const (
	goroutines = 1000
	providers  = 50
)

func measureGoroutines(ctx context.Context, b *bench, t *report.Table) error {
	for _, name := range []string{peer.Latchkey, peer.GoSDK} {
		var columns [4][]float64
		for range b.rounds(5) {
			values, err := stampedeOfGoroutines(ctx, name)
			if err != nil {
				return err
			}
			for i, value := range values {
				columns[i] = append(columns[i], value)
			}
		}
		t.Add(name, 0, measure.Median(columns[0]), measure.Median(columns[1]), measure.Median(columns[2]), measure.Median(columns[3]))
	}
	return nil
}

// stampedeOfGoroutines returns how many goroutines got credentials, the requests that were sent, and the milliseconds.
func stampedeOfGoroutines(ctx context.Context, library string) ([4]float64, error) {
	l, err := newLibraries(func(o *idctest.Options) { o.Latency = stampede.Latency })
	if err != nil {
		return [4]float64{}, err
	}
	defer l.home.Close()
	if err := l.home.Expire(ctx); err != nil {
		return [4]float64{}, err
	}
	var all [providers]aws.CredentialsProvider
	for i := range all {
		if all[i] = l.goSDK(); library == peer.Latchkey {
			if all[i], err = l.latchkey(l.home.Tokens(), nil); err != nil {
				return [4]float64{}, err
			}
		}
	}
	var got atomic.Int32
	var wg sync.WaitGroup
	start := time.Now()
	for i := range goroutines {
		wg.Go(func() {
			if retrieve(ctx, all[i%providers], nil) == nil {
				got.Add(1)
			}
		})
	}
	wg.Wait()
	took := float64(time.Since(start).Milliseconds())
	return [4]float64{float64(got.Load()), float64(l.home.Server.Count("CreateToken")), float64(l.home.Server.Count("GetRoleCredentials")), took}, nil
}
